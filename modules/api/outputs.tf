output "url" {
  description = "Where callers reach the API: the domain of your own, else the URL that AWS gives. Without a slash at its end."
  value       = var.domain == null ? aws_api_gateway_stage.this.invoke_url : trimsuffix("https://${var.domain.name}/${var.domain.base_path}", "/")

  depends_on = [aws_api_gateway_method_settings.all, aws_api_gateway_base_path_mapping.this, aws_wafv2_web_acl_association.this]
}

output "id" {
  description = "The API's id."
  value       = aws_api_gateway_rest_api.this.id
}

output "stage" {
  description = "The stage: its API's id and its name, once it is there."
  value       = { api_id = aws_api_gateway_rest_api.this.id, name = aws_api_gateway_stage.this.stage_name }
}

output "domain_target" {
  description = "What the domain's DNS record must point to: host name and hosted zone of the alias; null without a domain."
  value = var.domain == null ? null : {
    name    = aws_api_gateway_domain_name.this[0].regional_domain_name
    zone_id = aws_api_gateway_domain_name.this[0].regional_zone_id
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
