# The partitions that the function reads, by the action that reads them.
locals {
  reads = {
    ReadCatalogue = {
      action     = "dynamodb:Query"
      partitions = concat(["CATALOGUE", "ISSUERS"], var.authorizer.shadow ? ["SHADOW#CATALOGUE"] : [])
    }
    ReadPermissions = {
      action     = "dynamodb:BatchGetItem"
      partitions = concat(["TENANT#*", "KEYS"], length(var.issuer_hosts) > 0 ? ["ISSUER#*"] : [], length(local.templates) > 0 ? ["DIRECTORY#*"] : [], var.authorizer.shadow ? ["SHADOW#TENANT#*"] : [])
    }
  }
}

moved {
  from = aws_iam_role.this
  to   = module.role.aws_iam_role.this[0]
}

moved {
  from = aws_iam_role_policy.this
  to   = module.role.aws_iam_role_policy.this[0]
}

module "role" {
  source = "../function-role"

  name        = local.name
  function    = "authorizer"
  description = "Lets the authorizer read permissions and write its log"
  policy_name = "read-permissions"
  iam         = var.iam
  in_vpc      = var.vpc != null

  statements = concat(
    [
      # Query reads the catalogue and the issuers' kill switches, BatchGetItem everything else. The function never
      # writes, and reads neither the history nor the published versions. Null rejects a request without keys.
      for sid, read in local.reads : {
        Sid      = sid
        Effect   = "Allow"
        Action   = read.action
        Resource = var.table.arn
        Condition = {
          "ForAllValues:StringLike" = { "dynamodb:LeadingKeys" = read.partitions }
          Null                      = { "dynamodb:LeadingKeys" = "false" }
        }
      }
    ],
    [
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
    # Lambda decrypts the environment with the function's role.
    var.authorizer.environment_kms_key_arn != null ? [{
      Sid      = "DecryptEnvironment"
      Effect   = "Allow"
      Action   = "kms:Decrypt"
      Resource = var.authorizer.environment_kms_key_arn
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
}
