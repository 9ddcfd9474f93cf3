locals {
  name = "${var.name}-sample-backend"
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${local.name}"
  retention_in_days = var.retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_lambda_function" "this" {
  function_name = local.name
  description   = "Returns the caller that it received, in place of backends that do not exist yet"
  role          = module.role.arn

  filename         = var.package.path
  source_code_hash = var.package.sha256
  runtime          = var.runtime
  handler          = "index.handler"
  architectures    = ["arm64"]
  memory_size      = 128
  timeout          = 3

  dynamic "vpc_config" {
    for_each = var.vpc[*]

    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }

  depends_on = [aws_cloudwatch_log_group.this]
}
