output "function" {
  description = "The function for the API to call: its name, the layout's alias, and the URI that invokes the alias."
  value = {
    name       = aws_lambda_function.this.function_name
    alias      = aws_lambda_alias.layout.name
    invoke_uri = aws_lambda_alias.layout.invoke_arn
  }

  # The provisioned concurrency must be ready before the API calls the function.
  depends_on = [aws_lambda_provisioned_concurrency_config.layout, aws_lambda_provisioned_concurrency_config.scheduled]
}

output "version" {
  description = "Published version behind the alias; with a canary, the stable version."
  value       = aws_lambda_alias.layout.function_version
}

output "canary" {
  description = "The newest version and its share of the requests; null without a canary."
  value       = var.canary == null ? null : { version = aws_lambda_function.this.version, weight = var.canary.weight }
}
