moved {
  from = aws_iam_role.token_claims
  to   = module.role.aws_iam_role.this[0]
}

moved {
  from = aws_iam_role_policy.token_claims
  to   = module.role.aws_iam_role_policy.this[0]
}

module "role" {
  source = "../function-role"

  name        = local.function
  function    = "token-claims"
  description = "Lets the token trigger read memberships and write its log"
  policy_name = "read-memberships"
  iam         = var.iam
  in_vpc      = var.vpc != null

  statements = concat(
    [
      # Only items of tenants: not the catalogue, keys or history.
      {
        Sid      = "ReadMemberships"
        Effect   = "Allow"
        Action   = "dynamodb:BatchGetItem"
        Resource = var.table.arn
        Condition = {
          "ForAllValues:StringLike" = { "dynamodb:LeadingKeys" = ["TENANT#*"] }
          Null                      = { "dynamodb:LeadingKeys" = "false" }
        }
      },
      {
        Sid      = "WriteLog"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.token_claims.arn}:*"
      },
    ],
    # X-Ray's actions cannot be limited to a resource.
    var.observability.tracing ? [{
      Sid      = "WriteTraces"
      Effect   = "Allow"
      Action   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
      Resource = "*"
    }] : [],
    # Lambda decrypts the environment with the function's role.
    var.environment_kms_key_arn != null ? [{
      Sid      = "DecryptEnvironment"
      Effect   = "Allow"
      Action   = "kms:Decrypt"
      Resource = var.environment_kms_key_arn
    }] : [],
    # Only the table's items, and only through DynamoDB.
    var.table.kms_key_arn != null ? [{
      Sid       = "DecryptMemberships"
      Effect    = "Allow"
      Action    = "kms:Decrypt"
      Resource  = var.table.kms_key_arn
      Condition = { StringLike = { "kms:ViaService" = "dynamodb.*.amazonaws.com*" } }
    }] : [],
  )
}
