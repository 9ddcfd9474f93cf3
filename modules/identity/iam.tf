resource "aws_iam_role" "token_claims" {
  name        = local.function
  description = "Lets the token trigger read memberships and write its log"

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

resource "aws_iam_role_policy" "token_claims" {
  name = "read-memberships"
  role = aws_iam_role.token_claims.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
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
      # Only the table's items, and only through DynamoDB.
      var.table.kms_key_arn != null ? [{
        Sid       = "DecryptMemberships"
        Effect    = "Allow"
        Action    = "kms:Decrypt"
        Resource  = var.table.kms_key_arn
        Condition = { StringLike = { "kms:ViaService" = "dynamodb.*.amazonaws.com*" } }
      }] : [],
    )
  })
}
