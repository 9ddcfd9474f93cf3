resource "aws_iam_role" "this" {
  name        = local.name
  description = "Lets the authorizer read permissions and write its log"

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
  name = "read-permissions"
  role = aws_iam_role.this.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        # Query reads the catalogue, BatchGetItem everything else. The function never writes.
        {
          Sid      = "ReadPermissions"
          Effect   = "Allow"
          Action   = ["dynamodb:BatchGetItem", "dynamodb:Query"]
          Resource = var.table.arn
        },
        {
          Sid      = "WriteLog"
          Effect   = "Allow"
          Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
          Resource = "${aws_cloudwatch_log_group.this.arn}:*"
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
        Sid       = "DecryptPermissions"
        Effect    = "Allow"
        Action    = "kms:Decrypt"
        Resource  = var.table.kms_key_arn
        Condition = { StringLike = { "kms:ViaService" = "dynamodb.*.amazonaws.com*" } }
      }] : [],
    )
  })
}
