locals {
  topic_arn = var.settings.topic_arn == null ? aws_sns_topic.alarms[0].arn : var.settings.topic_arn
  # One alarm for all, or each for itself.
  actions = var.settings.composite_alarm ? [] : [local.topic_arn]

  # All that a fixed bound suits; `periods` of 5 minutes.
  alarms = merge(
    {
      latency = {
        means     = "The authorizer's slowest hundredth takes long: look at issuers, table and cold starts."
        namespace = "AWS/Lambda", metric = "Duration", statistic = "p99", dimensions = local.function
        threshold = var.settings.latency_ms, periods = 3
      }
      throttles = {
        means     = "The authorizer is throttled, and requests are answered with 500: raise its concurrency."
        namespace = "AWS/Lambda", metric = "Throttles", statistic = "Sum", dimensions = local.function
        threshold = 1, periods = 1
      }
      key-refresh = {
        means     = "An issuer's keys cannot be fetched: known ones work for keys_stale_seconds, new ones not at all."
        namespace = local.namespace, metric = "KeyRefreshFailures", statistic = "Sum", dimensions = local.function
        threshold = 1, periods = 1
      }
      stale-keys = {
        means     = "Decisions are made with keys of an issuer that cannot be reached."
        namespace = local.namespace, metric = "StaleKeys", statistic = "Sum", dimensions = local.function
        threshold = 1, periods = 1
      }
      stale-permissions = {
        means     = "Decisions are made of old permissions, for the table cannot be read."
        namespace = local.namespace, metric = "StalePermissions", statistic = "Sum", dimensions = local.function
        threshold = 1, periods = 1
      }
    },
    {
      for name, alarm in {
        server-errors = {
          means     = "The API answers with 5xx: the access log's responseType says whether authorizer or backend."
          namespace = "AWS/ApiGateway", metric = "5XXError", statistic = "Sum", dimensions = { ApiName = try(var.api.name, ""), Stage = try(var.api.stage, "") }
          threshold = var.settings.server_errors, periods = 1
        }
      } : name => alarm if var.api != null
    },
  )
}

resource "aws_cloudwatch_metric_alarm" "bound" {
  for_each = local.alarms

  alarm_name        = "${var.name}-${each.key}"
  alarm_description = each.value.means

  namespace          = each.value.namespace
  metric_name        = each.value.metric
  dimensions         = each.value.dimensions
  statistic          = each.value.statistic == "Sum" ? "Sum" : null
  extended_statistic = each.value.statistic == "Sum" ? null : each.value.statistic
  period             = 300

  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = each.value.threshold
  evaluation_periods  = each.value.periods

  # Nothing was counted: nothing happened.
  treat_missing_data = "notBreaching"
  alarm_actions      = local.actions
  ok_actions         = local.actions
}

# How many refusals are usual differs by API and hour, so the past is the measure. Metric math cannot look back.
resource "aws_cloudwatch_metric_alarm" "refusals" {
  for_each = local.refusals

  alarm_name        = "${var.name}-${each.key}"
  alarm_description = "More than usual, ${each.value.means}: a client's or a policy's mistake, or an attack. The saved queries say whose."

  comparison_operator = "GreaterThanUpperThreshold"
  evaluation_periods  = 3
  threshold_metric_id = "usual"

  metric_query {
    id          = "usual"
    label       = "Usual"
    expression  = "ANOMALY_DETECTION_BAND(refused, ${var.settings.refusals_band})"
    return_data = true
  }

  metric_query {
    id          = "refused"
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

  depends_on = [aws_cloudwatch_log_metric_filter.refusals]
}

resource "aws_cloudwatch_composite_alarm" "any" {
  count = var.settings.composite_alarm ? 1 : 0

  alarm_name        = "${var.name}-any"
  alarm_description = "At least one of the alarms of ${var.name} is raised: its own description says what to do."
  alarm_rule        = join(" OR ", [for name in local.alarm_names : "ALARM(\"${name}\")"])
  alarm_actions     = [local.topic_arn]
  ok_actions        = [local.topic_arn]
}

locals {
  alarm_names = sort(concat(values(aws_cloudwatch_metric_alarm.bound)[*].alarm_name, values(aws_cloudwatch_metric_alarm.refusals)[*].alarm_name))
}
