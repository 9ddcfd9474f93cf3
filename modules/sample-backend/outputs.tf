output "function" {
  description = "What the API calls: the function's name and the URI that invokes it."
  value = {
    name       = aws_lambda_function.this.function_name
    invoke_uri = aws_lambda_function.this.invoke_arn
  }
}
