output "role_arn" {
  description = "ARN of the role, after API Gateway has it."
  value       = aws_api_gateway_account.this.cloudwatch_role_arn
}
