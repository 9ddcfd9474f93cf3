output "function" {
  description = "What the API calls: the function's name, the alias of the layout, and the URI that invokes it."
  value = {
    name       = aws_lambda_function.this.function_name
    alias      = aws_lambda_alias.layout.name
    invoke_uri = aws_lambda_alias.layout.invoke_arn
  }

  # Warm before the API calls it.
  depends_on = [aws_lambda_provisioned_concurrency_config.layout]
}

output "version" {
  description = "The published version that the alias names."
  value       = aws_lambda_function.this.version
}
