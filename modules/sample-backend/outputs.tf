output "function" {
  description = "The function for the API to call: its name, and the URI that invokes it."
  value = {
    name       = aws_lambda_function.this.function_name
    invoke_uri = aws_lambda_function.this.invoke_arn
  }
}

output "role_policy" {
  description = "Policy that the function's role needs, as JSON."
  value       = module.role.policy
}
