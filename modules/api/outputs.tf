output "url" {
  description = "URL of the API, without a slash at its end: the custom domain, or the URL that AWS assigns."
  value       = var.domain == null ? aws_api_gateway_stage.this.invoke_url : trimsuffix("https://${var.domain.name}/${var.domain.base_path}", "/")

  depends_on = [aws_api_gateway_method_settings.all, aws_api_gateway_base_path_mapping.this, module.domain, aws_wafv2_web_acl_association.this]
}

output "id" {
  description = "Id of the API."
  value       = aws_api_gateway_rest_api.this.id
}

output "stage" {
  description = "The stage, after its creation: its API's id and its name."
  value       = { api_id = aws_api_gateway_rest_api.this.id, name = aws_api_gateway_stage.this.stage_name }
}

output "domain_target" {
  description = "Target of the custom domain's DNS record: host name and hosted zone of the alias; null without a custom domain."
  value = var.domain == null ? null : {
    name    = aws_api_gateway_domain_name.this[0].regional_domain_name
    zone_id = aws_api_gateway_domain_name.this[0].regional_zone_id
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
