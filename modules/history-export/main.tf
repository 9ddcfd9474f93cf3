locals {
  name = "${var.name}-history-export"
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${local.name}"
  retention_in_days = var.observability.retention_days
  kms_key_id        = var.observability.kms_key_arn
}

resource "aws_lambda_function" "this" {
  function_name = local.name
  description   = "Copies new entries of the history to a bucket with Object Lock"
  role          = module.role.arn

  filename         = var.package.path
  source_code_hash = var.package.sha256
  runtime          = var.runtime
  handler          = "index.handler"
  architectures    = ["arm64"]
  memory_size      = 256
  timeout          = 60

  kms_key_arn = var.environment_kms_key_arn

  environment {
    variables = { BUCKET = aws_s3_bucket.this.bucket }
  }

  dynamic "vpc_config" {
    for_each = var.vpc[*]

    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }

  lifecycle {
    precondition {
      condition     = var.vpc == null ? true : var.vpc.s3_endpoint || var.vpc.nat
      error_message = "vpc must say how the export reaches its bucket: set s3_endpoint = true if the subnets' route tables have a gateway endpoint of S3, or nat = true if they have a route to a NAT gateway."
    }
  }

  # The log group must exist before the first cold start, also for an existing role.
  depends_on = [aws_cloudwatch_log_group.this]
}

# One entry after the other. A batch is tried again from the entry that failed, until the stream drops it after 24 hours.
resource "aws_lambda_event_source_mapping" "this" {
  function_name                  = aws_lambda_function.this.arn
  event_source_arn               = var.table.stream_arn
  starting_position              = "TRIM_HORIZON"
  batch_size                     = 100
  bisect_batch_on_function_error = true
  function_response_types        = ["ReportBatchItemFailures"]

  filter_criteria {
    filter {
      pattern = jsonencode({ eventName = ["INSERT"], dynamodb = { Keys = { pk = { S = [{ prefix = "AUDIT" }] } } } })
    }
  }

  destination_config {
    on_failure {
      destination_arn = aws_sqs_queue.failures.arn
    }
  }
}

# One message for each batch that was given up.
resource "aws_sqs_queue" "failures" {
  name                      = "${local.name}-failures"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
}
