locals {
  function = "${var.name}-token-claims"
}

resource "aws_cloudwatch_log_group" "token_claims" {
  name              = "/aws/lambda/${local.function}"
  retention_in_days = var.observability.retention_days
  kms_key_id        = var.observability.kms_key_arn
}

resource "aws_lambda_function" "token_claims" {
  function_name = local.function
  description   = "Writes tenant and roles into the tokens that the user pool signs"
  role          = module.role.arn

  filename         = var.package.path
  source_code_hash = var.package.sha256
  runtime          = var.runtime
  handler          = "index.handler"
  architectures    = ["arm64"]
  memory_size      = 512

  # Cognito waits at most 5 s.
  timeout = 5

  kms_key_arn = var.environment_kms_key_arn

  environment {
    variables = {
      TABLE_NAME = var.table.name
      ISSUER     = var.identity.issuer
    }
  }

  tracing_config {
    mode = var.observability.tracing ? "Active" : "PassThrough"
  }

  dynamic "vpc_config" {
    for_each = var.vpc[*]

    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }

  # The log group must exist before the first cold start, also for an existing role.
  depends_on = [aws_cloudwatch_log_group.token_claims]
}

resource "aws_lambda_permission" "token_claims" {
  statement_id  = "this-user-pool"
  function_name = aws_lambda_function.token_claims.function_name
  action        = "lambda:InvokeFunction"
  principal     = "cognito-idp.amazonaws.com"
  source_arn    = aws_cognito_user_pool.this.arn
}
