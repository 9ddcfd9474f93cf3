locals {
  # The key is known in a plan, also if the role's ARN is not.
  is_created = !contains(keys(var.iam.roles), var.function)
  policy     = jsonencode({ Version = "2012-10-17", Statement = var.statements })
}

resource "aws_iam_role" "this" {
  count = local.is_created ? 1 : 0

  name                 = var.name
  path                 = var.iam.path
  description          = var.description
  permissions_boundary = var.iam.permissions_boundary

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "LambdaRunsAsThis"
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  count = local.is_created ? 1 : 0

  name   = var.policy_name
  role   = aws_iam_role.this[0].name
  policy = local.policy
}
