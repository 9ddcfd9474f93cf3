locals {
  topic_arn = var.monitoring.topic_arn == null ? aws_sns_topic.alarms[0].arn : var.monitoring.topic_arn
  # With a composite alarm the others do not notify the topic.
  actions = var.monitoring.composite_alarm ? [] : [local.topic_arn]

  # The section of the runbook is the alarm's name.
  runbook = "docs/operations.md#alarm-"

  # Alarms with a fixed threshold, which must be reached in this number of `periods` of 5 minutes each.
  alarms = merge(
    {
      latency = {
        summary   = "The authorizer's duration (p99) is high. Check issuers, table and cold starts."
        namespace = "AWS/Lambda", metric = "Duration", statistic = "p99", dimensions = local.function
        threshold = var.monitoring.latency_ms, periods = 3
      }
      throttles = {
        summary   = "The authorizer is throttled, and requests get a 500. Raise its concurrency."
        namespace = "AWS/Lambda", metric = "Throttles", statistic = "Sum", dimensions = local.function
        threshold = 1, periods = 1
      }
      key-refresh = {
        summary   = "An issuer's keys cannot be fetched. Cached keys work for keys_stale_seconds, new ones do not work."
        namespace = local.namespace, metric = "KeyRefreshFailures", statistic = "Sum", dimensions = local.function
        threshold = 1, periods = 1
      }
      stale-keys = {
        summary   = "Decisions use cached keys of an issuer that cannot be reached."
        namespace = local.namespace, metric = "StaleKeys", statistic = "Sum", dimensions = local.function
        threshold = 1, periods = 1
      }
      stale-permissions = {
        summary   = "Decisions use stale permissions, because the table cannot be read."
        namespace = local.namespace, metric = "StalePermissions", statistic = "Sum", dimensions = local.function
        threshold = 1, periods = 1
      }
    },
    {
      for name, alarm in {
        server-errors = {
          summary   = "The API returns 5xx. The access log's responseType shows whether the authorizer or the backend failed."
          namespace = "AWS/ApiGateway", metric = "5XXError", statistic = "Sum", dimensions = { ApiName = try(var.api.name, ""), Stage = try(var.api.stage, "") }
          threshold = var.monitoring.server_errors, periods = 1
        }
      } : name => alarm if var.api != null
    },
  )
}

resource "aws_cloudwatch_metric_alarm" "bound" {
  for_each = local.alarms

  alarm_name        = "${var.name}-${each.key}"
  alarm_description = "${each.value.summary} Runbook: ${local.runbook}${each.key}"

  namespace          = each.value.namespace
  metric_name        = each.value.metric
  dimensions         = each.value.dimensions
  statistic          = each.value.statistic == "Sum" ? "Sum" : null
  extended_statistic = each.value.statistic == "Sum" ? null : each.value.statistic
  period             = 300

  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = each.value.threshold
  evaluation_periods  = each.value.periods

  # Without data, nothing happened.
  treat_missing_data = "notBreaching"
  alarm_actions      = local.actions
  ok_actions         = local.actions
}

# The usual number of denials differs by API and hour, so the alarm compares with the past. Metric math cannot do that.
resource "aws_cloudwatch_metric_alarm" "denials" {
  for_each = local.denials

  alarm_name        = "${var.name}-${each.key}"
  alarm_description = "More requests than usual ${each.value.summary}: a mistake of a client or a policy, or an attack. Runbook: ${local.runbook}${each.key}"

  comparison_operator = "GreaterThanUpperThreshold"
  evaluation_periods  = 3
  threshold_metric_id = "usual"

  metric_query {
    id          = "usual"
    label       = "Usual"
    expression  = "ANOMALY_DETECTION_BAND(denied, ${var.monitoring.refusals_band})"
    return_data = true
  }

  metric_query {
    id          = "denied"
    return_data = true

    metric {
      namespace   = local.log_namespace
      metric_name = each.value.metric
      stat        = "Sum"
      period      = 300
    }
  }

  treat_missing_data = "notBreaching"
  alarm_actions      = local.actions
  ok_actions         = local.actions

  depends_on = [aws_cloudwatch_log_metric_filter.denials]
}

resource "aws_cloudwatch_composite_alarm" "any" {
  count = var.monitoring.composite_alarm ? 1 : 0

  alarm_name        = "${var.name}-any"
  alarm_description = "At least one of the alarms of ${var.name} is raised. Its own description names the next step."
  alarm_rule        = join(" OR ", [for name in local.alarm_names : "ALARM(\"${name}\")"])
  alarm_actions     = [local.topic_arn]
  ok_actions        = [local.topic_arn]
}

locals {
  alarm_names = sort(concat(values(aws_cloudwatch_metric_alarm.bound)[*].alarm_name, values(aws_cloudwatch_metric_alarm.denials)[*].alarm_name, values(aws_cloudwatch_composite_alarm.burn)[*].alarm_name))
}
