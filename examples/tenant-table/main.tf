# A table with the items of all tenants, and a role whose sessions reach the items of one tenant each.
terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.83, < 7.0"
    }
  }
}

provider "aws" {}

variable "name" {
  description = "Name of the table, and prefix of the role's name."
  type        = string
  default     = "documents"
}

variable "function_role" {
  description = "The role of your function: its name and its ARN. It needs no access to the table."
  type        = object({ name = string, arn = string })
}

resource "aws_dynamodb_table" "documents" {
  name         = var.name
  billing_mode = "PAY_PER_REQUEST"

  # The partition key must be the tenant's id and nothing else, because dynamodb:LeadingKeys compares the whole key.
  hash_key  = "tenantId"
  range_key = "documentId"

  attribute {
    name = "tenantId"
    type = "S"
  }

  attribute {
    name = "documentId"
    type = "S"
  }
}

# The most that a session can do: a session has the access that both this role and its own policy allow.
resource "aws_iam_role" "tenant" {
  name                 = "${var.name}-tenant"
  description          = "Items of ${var.name}, in sessions of one tenant each"
  max_session_duration = 3600

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TheFunctionAlone"
      Effect    = "Allow"
      Principal = { AWS = var.function_role.arn }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "items" {
  name = "items"
  role = aws_iam_role.tenant.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid    = "ItemsByKey"
      Effect = "Allow"
      Action = [
        "dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:ConditionCheckItem", "dynamodb:DeleteItem",
        "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem",
      ]
      Resource  = aws_dynamodb_table.documents.arn
      Condition = { Null = { "dynamodb:LeadingKeys" = "false" } }
    }]
  })
}

resource "aws_iam_role_policy" "assume" {
  name = "assume-${aws_iam_role.tenant.name}"
  role = var.function_role.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "SessionsOfOneTenant"
      Effect   = "Allow"
      Action   = "sts:AssumeRole"
      Resource = aws_iam_role.tenant.arn
    }]
  })
}

output "function_environment" {
  description = "Environment variables that the function needs."
  value = {
    TABLE_ARN       = aws_dynamodb_table.documents.arn
    TENANT_ROLE_ARN = aws_iam_role.tenant.arn
  }
}
