# The service level objective: the share of requests for which the authorizer does not fail, and the share of its calls
# within a duration. A burn rate is how many times faster than planned the error budget of 30 days is used. Each alarm
# needs the rate in a long window, so that a short fault raises none, and in a short one, so that it ends soon.
locals {
  slo = var.monitoring.slo

  burns = {
    fast = { rate = 14.4, windows = { long = 3600, short = 300 } }
    slow = { rate = 6, windows = { long = 21600, short = 1800 } }
  }
  burn_windows = merge([
    for burn, settings in local.burns : {
      for window, seconds in settings.windows : "${burn}-${window}" => { burn = burn, rate = settings.rate, seconds = seconds }
    } if local.slo != null
  ]...)
  # p99: one call of a hundred may be slower.
  slow_percent = 1
}

# API Gateway counts all requests. The access log has those for which the authorizer failed, also by a timeout or because it
# could not be called.
resource "aws_cloudwatch_log_metric_filter" "authorizer_failures" {
  count = local.slo == null ? 0 : 1

  name           = "${var.name}-authorizer-failures"
  log_group_name = try(var.api.access_log_group, "")
  pattern        = "{ $.responseType = \"AUTHORIZER_*\" }"

  metric_transformation {
    namespace     = local.log_namespace
    name          = "AuthorizerFailures"
    value         = "1"
    default_value = "0"
    unit          = "Count"
  }
}

resource "aws_cloudwatch_metric_alarm" "availability_burn" {
  for_each = local.burn_windows

  alarm_name        = "${var.name}-slo-availability-${each.key}"
  alarm_description = "Requests for which the authorizer failed, in percent, in ${each.value.seconds / 60} minutes. A part of slo-availability-${each.value.burn}."

  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.rate * (100 - local.slo.availability_percent)
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"

  metric_query {
    id          = "percent"
    label       = "Failed, percent"
    expression  = "100 * FILL(failed, 0) / requests"
    return_data = true
  }

  metric_query {
    id = "failed"

    metric {
      namespace   = local.log_namespace
      metric_name = "AuthorizerFailures"
      stat        = "Sum"
      period      = each.value.seconds
    }
  }

  metric_query {
    id = "requests"

    metric {
      namespace   = "AWS/ApiGateway"
      metric_name = "Count"
      dimensions  = { ApiName = try(var.api.name, ""), Stage = try(var.api.stage, "") }
      stat        = "Sum"
      period      = each.value.seconds
    }
  }
}

# The percentile rank: the percentage of calls within the duration.
resource "aws_cloudwatch_metric_alarm" "latency_burn" {
  for_each = local.burn_windows

  alarm_name        = "${var.name}-slo-latency-${each.key}"
  alarm_description = "Calls of the authorizer within ${local.slo.latency_ms} ms, in percent, in ${each.value.seconds / 60} minutes. A part of slo-latency-${each.value.burn}."

  namespace           = "AWS/Lambda"
  metric_name         = "Duration"
  dimensions          = local.function
  extended_statistic  = "PR(:${local.slo.latency_ms})"
  period              = each.value.seconds
  comparison_operator = "LessThanThreshold"
  threshold           = 100 - each.value.rate * local.slow_percent
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
}

resource "aws_cloudwatch_composite_alarm" "burn" {
  for_each = { for pair in setproduct(["availability", "latency"], keys(local.burns)) : "slo-${pair[0]}-${pair[1]}" => pair if local.slo != null }

  alarm_name        = "${var.name}-${each.key}"
  alarm_description = "The error budget for ${each.value[0]} is used ${local.burns[each.value[1]].rate} times faster than planned. Runbook: ${local.runbook}slo"
  alarm_rule        = join(" AND ", [for window in ["long", "short"] : "ALARM(\"${var.name}-${each.key}-${window}\")"])
  alarm_actions     = local.actions
  ok_actions        = local.actions

  depends_on = [aws_cloudwatch_metric_alarm.availability_burn, aws_cloudwatch_metric_alarm.latency_burn]
}
