locals {
  # Metrics that log lines are counted into; a namespace of its own keeps two environments of one account apart.
  log_namespace = "Portcullis/${var.name}"
  # The authorizer's own.
  namespace = "Portcullis"
  function  = { FunctionName = var.function_name }

  # Of every request, also of those that a cached answer decides: the authorizer sees only the others.
  refusals = {
    for name, refusal in {
      forbidden    = { type = "ACCESS_DENIED", metric = "Forbidden", means = "callers with a valid token are refused (403)" }
      unauthorized = { type = "UNAUTHORIZED", metric = "Unauthorized", means = "callers come without a valid token (401)" }
    } : name => refusal if var.api != null
  }
}

resource "aws_sns_topic" "alarms" {
  count = var.settings.topic_arn == null ? 1 : 0

  name              = "${var.name}-alarms"
  kms_master_key_id = var.settings.kms_key_arn
}

resource "aws_cloudwatch_log_metric_filter" "refusals" {
  for_each = local.refusals

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
