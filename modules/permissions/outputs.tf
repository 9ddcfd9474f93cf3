output "table" {
  description = "The table: its name, its ARN, and the ARN of the KMS key with which readers must decrypt, or null."
  value = {
    name        = aws_dynamodb_table.this.name
    arn         = aws_dynamodb_table.this.arn
    kms_key_arn = var.permissions.kms_key_arn
  }
}

output "keeper" {
  description = "Who keeps the items that the policy files own: `terraform` or `publish`."
  value       = terraform_data.keeper.output
}

output "stream_arn" {
  description = "ARN of the table's stream; null without one."
  value       = local.has_stream ? aws_dynamodb_table.this.stream_arn : null
}
