# The function that returns the metadata document (RFC 9728), because an HTTP API has no response without a backend.
locals {
  metadata_name = "${var.name}-metadata"

  # The path of the document, if it is in the definition and its URL is not known.
  dropped_paths = var.resource_metadata == null && strcontains(var.definition, "$${resource_metadata_uri}") ? ["/.well-known/oauth-protected-resource"] : []
}

resource "aws_lambda_function" "metadata" {
  count = var.resource_metadata == null ? 0 : 1

  function_name = local.metadata_name
  description   = "Returns the document in which clients find the API's issuers"
  role          = module.metadata_role[0].arn

  filename         = var.resource_metadata.package.path
  source_code_hash = var.resource_metadata.package.sha256
  runtime          = var.resource_metadata.runtime
  handler          = "index.handler"
  architectures    = ["arm64"]
  memory_size      = 128
  timeout          = 3

  kms_key_arn = var.resource_metadata.environment_kms_key_arn

  environment {
    variables = { RESOURCE_METADATA = var.resource_metadata.text }
  }

  dynamic "vpc_config" {
    for_each = var.vpc[*]

    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }

  depends_on = [aws_cloudwatch_log_group.metadata]
}

resource "aws_lambda_permission" "metadata" {
  count = var.resource_metadata == null ? 0 : 1

  statement_id  = "${var.name}-calls"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.metadata[0].function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = module.backends.source_arns.stage
}

resource "aws_cloudwatch_log_group" "metadata" {
  count = var.resource_metadata == null ? 0 : 1

  name              = "/aws/lambda/${local.metadata_name}"
  retention_in_days = var.observability.retention_days
  kms_key_id        = var.observability.kms_key_arn
}

moved {
  from = aws_iam_role.metadata[0]
  to   = module.metadata_role[0].aws_iam_role.this[0]
}

moved {
  from = aws_iam_role_policy.metadata[0]
  to   = module.metadata_role[0].aws_iam_role_policy.this[0]
}

module "metadata_role" {
  source = "../function-role"
  count  = var.resource_metadata == null ? 0 : 1

  name        = local.metadata_name
  function    = "metadata"
  description = "Lets the function of the metadata document write its log"
  policy_name = "write-log"
  iam         = var.iam
  in_vpc      = var.vpc != null

  statements = concat(
    [{
      Sid      = "WriteLog"
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "${aws_cloudwatch_log_group.metadata[0].arn}:*"
    }],
    # Lambda decrypts the environment with the function's role.
    [for key in var.resource_metadata.environment_kms_key_arn[*] : {
      Sid      = "DecryptEnvironment"
      Effect   = "Allow"
      Action   = ["kms:Decrypt"]
      Resource = key
    }],
  )
}
