output "table" {
  description = "The table: its name and ARN, and the ARN of the key that readers need to decrypt with, or null."
  value = {
    name        = aws_dynamodb_table.this.name
    arn         = aws_dynamodb_table.this.arn
    kms_key_arn = var.table.kms_key_arn
  }
}
