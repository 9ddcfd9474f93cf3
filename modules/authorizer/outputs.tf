output "function" {
  description = "What the API calls: the function's name, the alias of the layout, and the URI that invokes it."
  value = {
    name       = aws_lambda_function.this.function_name
    alias      = aws_lambda_alias.layout.name
    invoke_uri = aws_lambda_alias.layout.invoke_arn
  }

  # Warm before the API calls it.
  depends_on = [aws_lambda_provisioned_concurrency_config.layout, aws_lambda_provisioned_concurrency_config.scheduled]
}

output "version" {
  description = "The published version that the alias names; with a canary the stable one."
  value       = aws_lambda_alias.layout.function_version
}

output "canary" {
  description = "The new version and its part of the requests; null without a canary."
  value       = var.canary == null ? null : { version = aws_lambda_function.this.version, weight = var.canary.weight }
}
