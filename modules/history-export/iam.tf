module "role" {
  source = "../function-role"

  name        = local.name
  function    = "history-export"
  description = "Lets the export read the table's stream and write its bucket and log"
  policy_name = "export-history"
  iam         = var.iam
  in_vpc      = var.vpc != null

  statements = concat(
    [
      {
        Sid      = "ReadStream"
        Effect   = "Allow"
        Action   = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
        Resource = var.table.stream_arn
      },
      {
        Sid      = "ListStreams"
        Effect   = "Allow"
        Action   = "dynamodb:ListStreams"
        Resource = "${var.table.arn}/stream/*"
      },
      # The function reads and deletes no object, and cannot shorten a retention.
      {
        Sid      = "WriteHistory"
        Effect   = "Allow"
        Action   = "s3:PutObject"
        Resource = "${aws_s3_bucket.this.arn}/*"
      },
      {
        Sid      = "ReportFailures"
        Effect   = "Allow"
        Action   = "sqs:SendMessage"
        Resource = aws_sqs_queue.failures.arn
      },
      {
        Sid      = "WriteLog"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.this.arn}:*"
      },
    ],
    # Lambda decrypts the environment with the function's role.
    [for key in var.environment_kms_key_arn[*] : {
      Sid      = "DecryptEnvironment"
      Effect   = "Allow"
      Action   = "kms:Decrypt"
      Resource = key
    }],
    # The stream has the table's key.
    [for key in var.table.kms_key_arn[*] : {
      Sid       = "DecryptStream"
      Effect    = "Allow"
      Action    = "kms:Decrypt"
      Resource  = key
      Condition = { StringLike = { "kms:ViaService" = "dynamodb.*.amazonaws.com*" } }
    }],
    [for key in var.history_export.kms_key_arn[*] : {
      Sid       = "EncryptHistory"
      Effect    = "Allow"
      Action    = "kms:GenerateDataKey"
      Resource  = key
      Condition = { StringLike = { "kms:ViaService" = "s3.*.amazonaws.com*" } }
    }],
  )
}
