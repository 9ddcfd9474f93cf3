locals {
  # The key is known in a plan, also if the role's ARN is not.
  is_created = !contains(keys(var.iam.roles), var.function)
  policy     = jsonencode({ Version = "2012-10-17", Statement = concat(var.statements, [for statement in local.network_statements : statement if var.in_vpc]) })

  network_actions = [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
  ]

  # Lambda itself manages the interfaces, with the function's role. The describing actions cannot be limited to a
  # resource. Requests of the function's code carry the function's ARN, and Lambda's own do not.
  network_statements = [
    {
      Sid      = "ManageNetworkInterfaces"
      Effect   = "Allow"
      Action   = local.network_actions
      Resource = "*"
    },
    {
      Sid       = "NotByTheFunctionsCode"
      Effect    = "Deny"
      Action    = local.network_actions
      Resource  = "*"
      Condition = { Null = { "lambda:SourceFunctionArn" = "false" } }
    },
  ]
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
