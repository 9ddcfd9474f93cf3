locals {
  # Namespace of the metrics that count log lines. Each environment has its own, so that two in one account stay separate.
  log_namespace = "Portcullis/${var.name}"
  # Namespace of the authorizer's own metrics.
  namespace = "Portcullis"
  function  = { FunctionName = var.function_name }

  # Counted in the access log, because the authorizer does not see requests that a cached response decides.
  denials = {
    for name, denial in {
      forbidden    = { type = "ACCESS_DENIED", metric = "Forbidden", summary = "with a valid token are denied (403)" }
      unauthorized = { type = "UNAUTHORIZED", metric = "Unauthorized", summary = "have no valid token (401)" }
    } : name => denial if var.api != null
  }
}

resource "aws_sns_topic" "alarms" {
  count = var.monitoring.topic_arn == null ? 1 : 0

  name              = "${var.name}-alarms"
  kms_master_key_id = var.monitoring.kms_key_arn
}

resource "aws_cloudwatch_log_metric_filter" "denials" {
  for_each = local.denials

  name           = "${var.name}-${each.key}"
  log_group_name = var.api.access_log_group
  pattern        = "{ $.responseType = \"${each.value.type}\" }"

  metric_transformation {
    namespace     = local.log_namespace
    name          = each.value.metric
    value         = "1"
    default_value = "0"
    unit          = "Count"
  }
}
