output "url" {
  description = "URL of the API, without a slash at its end: the custom domain, or the URL that AWS assigns."
  value       = var.domain == null ? trimsuffix(aws_apigatewayv2_stage.this.invoke_url, "/") : trimsuffix("https://${var.domain.name}/${var.domain.base_path}", "/")

  depends_on = [aws_apigatewayv2_api_mapping.this, module.domain]
}

output "id" {
  description = "Id of the API."
  value       = aws_apigatewayv2_api.this.id
}

output "stage" {
  description = "Name of the API's stage."
  value       = local.stage
}

output "domain_target" {
  description = "Target of the custom domain's DNS record: host name and hosted zone of the alias; null without a custom domain."
  value = var.domain == null ? null : {
    name    = aws_apigatewayv2_domain_name.this[0].domain_name_configuration[0].target_domain_name
    zone_id = aws_apigatewayv2_domain_name.this[0].domain_name_configuration[0].hosted_zone_id
  }
}

output "sampled_backends" {
  description = "Names of the backends that the sample backend replaces."
  value       = module.backends.sampled_backends
}

output "access_log_group" {
  description = "Name of the access log's log group."
  value       = aws_cloudwatch_log_group.access.name
}

output "metadata_role_policy" {
  description = "Policy that the role of the metadata document's function needs, as JSON; null without such a function."
  value       = one(module.metadata_role[*].policy)
}
