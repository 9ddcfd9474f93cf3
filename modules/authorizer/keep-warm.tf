# With a schedule: the initial provisioned concurrency, which the schedule changes later without Terraform.
resource "aws_lambda_provisioned_concurrency_config" "scheduled" {
  count = var.authorizer.provisioned_concurrency > 0 && length(var.authorizer.schedule) > 0 ? 1 : 0

  function_name                     = aws_lambda_function.this.function_name
  qualifier                         = local.alias.name
  provisioned_concurrent_executions = var.authorizer.provisioned_concurrency

  lifecycle {
    create_before_destroy = true
    ignore_changes        = [provisioned_concurrent_executions]
  }
}

locals {
  scheduled = [for entry in values(var.authorizer.schedule) : entry.concurrency]
}

resource "aws_appautoscaling_target" "warm" {
  count = length(var.authorizer.schedule) > 0 ? 1 : 0

  service_namespace  = "lambda"
  resource_id        = "function:${aws_lambda_function.this.function_name}:${local.alias.name}"
  scalable_dimension = "lambda:function:ProvisionedConcurrency"
  min_capacity       = var.authorizer.provisioned_concurrency
  max_capacity       = max(var.authorizer.provisioned_concurrency, local.scheduled...)

  lifecycle {
    # The scheduled actions set these.
    ignore_changes = [min_capacity, max_capacity]
  }

  depends_on = [aws_lambda_provisioned_concurrency_config.scheduled]
}

resource "aws_appautoscaling_scheduled_action" "warm" {
  for_each = var.authorizer.schedule

  name               = "${local.name}-${each.key}"
  service_namespace  = aws_appautoscaling_target.warm[0].service_namespace
  resource_id        = aws_appautoscaling_target.warm[0].resource_id
  scalable_dimension = aws_appautoscaling_target.warm[0].scalable_dimension
  schedule           = each.value.at
  timezone           = each.value.timezone

  scalable_target_action {
    min_capacity = each.value.concurrency
    max_capacity = each.value.concurrency
  }
}

resource "aws_cloudwatch_event_rule" "ping" {
  count = var.authorizer.ping_minutes > 0 ? 1 : 0

  name                = "${local.name}-ping"
  description         = "Keeps an execution environment of the authorizer warm"
  schedule_expression = var.authorizer.ping_minutes == 1 ? "rate(1 minute)" : "rate(${var.authorizer.ping_minutes} minutes)"
}

# The input replaces the whole event. API Gateway sends no event of this shape.
resource "aws_cloudwatch_event_target" "ping" {
  count = length(aws_cloudwatch_event_rule.ping)

  rule  = aws_cloudwatch_event_rule.ping[0].name
  arn   = local.alias.arn
  input = jsonencode({ portcullis = "ping" })

  # A late ping is of no use.
  retry_policy {
    maximum_event_age_in_seconds = 60
    maximum_retry_attempts       = 0
  }

  depends_on = [aws_lambda_permission.ping]
}

# Only this rule may call the alias. The API has a permission of its own.
resource "aws_lambda_permission" "ping" {
  count = length(aws_cloudwatch_event_rule.ping)

  statement_id  = "${local.name}-is-pinged"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.this.function_name
  qualifier     = local.alias.name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.ping[0].arn
}
