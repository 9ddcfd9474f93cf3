output "function" {
  description = "The function for the API to call: its name, the layout's alias, the URI that invokes the alias, and the alias of the previous layout, which the API's old deployment calls (`kept_aliases`)."
  value = {
    name         = aws_lambda_function.this.function_name
    alias        = local.alias.name
    invoke_uri   = local.alias.invoke_arn
    kept_aliases = [for layout in keys(local.kept_versions) : aws_lambda_alias.layout[layout].name if layout != var.layout]
  }

  # The provisioned concurrency must be ready before the API calls the function.
  depends_on = [aws_lambda_provisioned_concurrency_config.layout, aws_lambda_provisioned_concurrency_config.scheduled]
}

output "version" {
  description = "Published version behind the alias; with a canary, the stable version."
  value       = local.alias.function_version
}

output "canary" {
  description = "The newest version and its share of the requests; null without a canary."
  value       = var.canary == null ? null : { version = aws_lambda_function.this.version, weight = var.canary.weight }
}

output "role_policy" {
  description = "Policy that the function's role needs, as JSON."
  value       = module.role.policy
}
