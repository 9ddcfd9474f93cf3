output "url" {
  description = "Where callers reach the API: the domain of your own, else the URL that AWS gives. Without a slash at its end."
  value       = var.domain == null ? trimsuffix(aws_apigatewayv2_stage.this.invoke_url, "/") : trimsuffix("https://${var.domain.name}/${var.domain.base_path}", "/")

  depends_on = [aws_apigatewayv2_api_mapping.this]
}

output "id" {
  description = "The API's id."
  value       = aws_apigatewayv2_api.this.id
}

output "stage" {
  description = "The API's stage."
  value       = local.stage
}

output "domain_target" {
  description = "What the domain's DNS record must point to: host name and hosted zone of the alias; null without a domain."
  value = var.domain == null ? null : {
    name    = aws_apigatewayv2_domain_name.this[0].domain_name_configuration[0].target_domain_name
    zone_id = aws_apigatewayv2_domain_name.this[0].domain_name_configuration[0].hosted_zone_id
  }
}

output "sampled_backends" {
  description = "The backends for which the sample backend answers."
  value       = local.sampled
}

output "access_log_group" {
  description = "The log group of the access log."
  value       = aws_cloudwatch_log_group.access.name
}
