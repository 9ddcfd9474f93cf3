# Dashboard, alarms and saved queries, planned without AWS.

mock_provider "aws" {
  override_during = plan

  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-central-1:111122223333:portcullis-test-alarms" }
  }

}

variables {
  name          = "portcullis-test"
  function_name = "portcullis-test-authorizer"
  api           = { name = "portcullis-test", stage = "test", access_log_group = "/aws/apigateway/portcullis-test/access" }
  monitoring    = {}
}

run "sends_every_alarm_to_a_created_topic" {
  command = plan

  module {
    source = "./modules/observability"
  }

  assert {
    condition     = output.monitoring.alarms == [for name in ["forbidden", "key-refresh", "latency", "server-errors", "stale-keys", "stale-permissions", "throttles", "unauthorized"] : "portcullis-test-${name}"]
    error_message = "There is an alarm for each of these."
  }

  assert {
    condition     = output.monitoring.topic_arn == aws_sns_topic.alarms[0].arn && aws_sns_topic.alarms[0].name == "portcullis-test-alarms" && aws_sns_topic.alarms[0].kms_master_key_id == null
    error_message = "The module creates the topic, without a key by default."
  }

  assert {
    condition     = alltrue([for alarm in concat(values(aws_cloudwatch_metric_alarm.bound), values(aws_cloudwatch_metric_alarm.denials)) : alarm.alarm_actions == toset([output.monitoring.topic_arn]) && alarm.ok_actions == toset([output.monitoring.topic_arn]) && alarm.treat_missing_data == "notBreaching"])
    error_message = "Each notifies the topic when it starts and ends, and missing data raises no alarm."
  }

  assert {
    condition     = length(aws_cloudwatch_composite_alarm.any) == 0
    error_message = "There is no composite alarm."
  }

  assert {
    condition     = !strcontains(aws_cloudwatch_dashboard.this.dashboard_body, "\"Errors\"") && alltrue([for alarm in values(aws_cloudwatch_metric_alarm.bound) : alarm.metric_name != "Errors"])
    error_message = "A 401 is a failed invocation to Lambda, so no alarm and no widget counts the function's errors."
  }
}

run "monitors_only_this_stage_and_function" {
  command = plan

  module {
    source = "./modules/observability"
  }

  assert {
    condition     = [for key in ["namespace", "metric_name", "statistic", "threshold"] : tostring(aws_cloudwatch_metric_alarm.bound["server-errors"][key])] == ["AWS/ApiGateway", "5XXError", "Sum", "5"] && aws_cloudwatch_metric_alarm.bound["server-errors"].dimensions == tomap({ ApiName = "portcullis-test", Stage = "test" })
    error_message = "The 5xx are those of this stage."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.bound["latency"].extended_statistic == "p99" && aws_cloudwatch_metric_alarm.bound["latency"].statistic == null && aws_cloudwatch_metric_alarm.bound["latency"].threshold == 1000 && aws_cloudwatch_metric_alarm.bound["latency"].evaluation_periods == 3
    error_message = "Latency is the p99 over 15 minutes."
  }

  assert {
    condition     = alltrue([for name in ["latency", "throttles", "key-refresh", "stale-keys", "stale-permissions"] : aws_cloudwatch_metric_alarm.bound[name].dimensions == tomap({ FunctionName = "portcullis-test-authorizer" })])
    error_message = "The other alarms are for this function."
  }

  assert {
    condition     = { for name in ["throttles", "key-refresh", "stale-keys", "stale-permissions"] : name => "${aws_cloudwatch_metric_alarm.bound[name].namespace} ${aws_cloudwatch_metric_alarm.bound[name].metric_name}" } == { throttles = "AWS/Lambda Throttles", key-refresh = "Portcullis KeyRefreshFailures", stale-keys = "Portcullis StaleKeys", stale-permissions = "Portcullis StalePermissions" }
    error_message = "Each alarm has its own metric."
  }
}

run "compares_denials_in_the_access_log_with_the_past" {
  command = plan

  module {
    source = "./modules/observability"
  }

  variables {
    monitoring = { refusals_band = 2.5 }
  }

  assert {
    condition     = { for name, filter in aws_cloudwatch_log_metric_filter.denials : name => filter.pattern } == { forbidden = "{ $.responseType = \"ACCESS_DENIED\" }", unauthorized = "{ $.responseType = \"UNAUTHORIZED\" }" }
    error_message = "Each denial is a line of the access log, whether its decision was cached or not."
  }

  assert {
    condition     = alltrue([for filter in values(aws_cloudwatch_log_metric_filter.denials) : filter.log_group_name == "/aws/apigateway/portcullis-test/access" && filter.metric_transformation[0].namespace == "Portcullis/portcullis-test" && filter.metric_transformation[0].default_value == "0"])
    error_message = "Each environment has its own metrics, and without denials they are 0."
  }

  assert {
    condition     = alltrue([for alarm in values(aws_cloudwatch_metric_alarm.denials) : alarm.comparison_operator == "GreaterThanUpperThreshold" && alarm.threshold_metric_id == "usual" && one([for query in alarm.metric_query : query.expression if query.id == "usual"]) == "ANOMALY_DETECTION_BAND(denied, 2.5)"])
    error_message = "The threshold is the usual number."
  }
}

run "saves_queries_for_both_logs" {
  command = plan

  module {
    source = "./modules/observability"
  }

  assert {
    condition     = length(aws_cloudwatch_query_definition.this) == 8 && toset(flatten(values(aws_cloudwatch_query_definition.this)[*].log_group_names)) == toset(["/aws/apigateway/portcullis-test/access", "/aws/lambda/portcullis-test-authorizer"])
    error_message = "Each log has four queries."
  }
}

run "shows_only_metrics_that_are_written" {
  command = plan

  module {
    source = "./modules/observability"
  }

  assert {
    condition     = length(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets) == 6 && !strcontains(aws_cloudwatch_dashboard.this.dashboard_body, "Outcome")
    error_message = "Without the authorizer's own metrics there are six widgets."
  }

  assert {
    condition     = alltrue([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.properties.region == "eu-central-1" && length(widget.properties.metrics) > 0 && widget.x + widget.width <= 24])
    error_message = "Each widget has metrics, and fits next to the other in its row."
  }
}

run "shows_tenants_if_they_are_counted" {
  command = plan

  module {
    source = "./modules/observability"
  }

  variables {
    metrics = "tenant"
  }

  assert {
    condition     = length(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets) == 12 && strcontains(aws_cloudwatch_dashboard.this.dashboard_body, "FunctionName,Outcome,Tenant")
    error_message = "The dashboard has widgets for decisions and tenants."
  }
}

run "monitors_only_the_authorizer_without_an_api" {
  command = plan

  module {
    source = "./modules/observability"
  }

  variables {
    api        = null
    monitoring = { topic_arn = "arn:aws:sns:eu-central-1:111122223333:oncall", saved_queries = false }
  }

  assert {
    condition     = length(aws_cloudwatch_log_metric_filter.denials) == 0 && length(aws_cloudwatch_metric_alarm.denials) == 0 && length(aws_cloudwatch_metric_alarm.bound) == 5 && !strcontains(aws_cloudwatch_dashboard.this.dashboard_body, "AWS/ApiGateway")
    error_message = "There is no alarm or widget for the API."
  }

  assert {
    condition     = length(aws_sns_topic.alarms) == 0 && output.monitoring.topic_arn == "arn:aws:sns:eu-central-1:111122223333:oncall" && length(aws_cloudwatch_query_definition.this) == 0
    error_message = "The topic is the configured one, and no query is saved."
  }
}

run "sends_one_composite_alarm_if_configured" {
  command = plan

  module {
    source = "./modules/observability"
  }

  variables {
    monitoring = { composite_alarm = true, kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/one" }
  }

  assert {
    condition     = aws_cloudwatch_composite_alarm.any[0].alarm_actions == toset([output.monitoring.topic_arn]) && strcontains(aws_cloudwatch_composite_alarm.any[0].alarm_rule, "ALARM(\"portcullis-test-forbidden\") OR ALARM(\"portcullis-test-key-refresh\")")
    error_message = "Any alarm raises it."
  }

  assert {
    condition     = alltrue([for alarm in concat(values(aws_cloudwatch_metric_alarm.bound), values(aws_cloudwatch_metric_alarm.denials)) : length(coalesce(alarm.alarm_actions, [])) == 0])
    error_message = "The other alarms do not notify the topic."
  }

  assert {
    condition     = aws_sns_topic.alarms[0].kms_master_key_id == "arn:aws:kms:eu-central-1:111122223333:key/one"
    error_message = "The topic has the configured key."
  }
}

run "raises_no_alarm_for_an_objective_that_is_not_set" {
  command = plan

  module {
    source = "./modules/observability"
  }

  assert {
    condition     = length(aws_cloudwatch_composite_alarm.burn) == 0 && length(aws_cloudwatch_metric_alarm.availability_burn) == 0 && length(aws_cloudwatch_metric_alarm.latency_burn) == 0 && length(aws_cloudwatch_log_metric_filter.authorizer_failures) == 0
    error_message = "By default there is no objective."
  }

  assert {
    condition     = alltrue([for name, alarm in merge(aws_cloudwatch_metric_alarm.bound, aws_cloudwatch_metric_alarm.denials) : endswith(alarm.alarm_description, "docs/operations.md#alarm-${name}")])
    error_message = "Each alarm has its section of the runbook."
  }
}

run "raises_an_alarm_if_the_error_budget_burns_in_both_windows" {
  command = plan

  module {
    source = "./modules/observability"
  }

  variables {
    monitoring = { slo = { availability_percent = 99.5, latency_ms = 300 } }
  }

  assert {
    condition     = { for name, alarm in aws_cloudwatch_composite_alarm.burn : name => alarm.alarm_rule } == { for name in ["slo-availability-fast", "slo-availability-slow", "slo-latency-fast", "slo-latency-slow"] : name => "ALARM(\"portcullis-test-${name}-long\") AND ALARM(\"portcullis-test-${name}-short\")" }
    error_message = "Each rate must hold in a long and in a short window."
  }

  assert {
    condition     = { for name, alarm in aws_cloudwatch_metric_alarm.availability_burn : name => [floor(alarm.threshold * 100 + 0.5), one([for query in alarm.metric_query : one(query.metric).period if query.id == "failed"])] } == { fast-long = [720, 3600], fast-short = [720, 300], slow-long = [300, 21600], slow-short = [300, 1800] }
    error_message = "With a budget of 0.5 %, 14.4 times are 7.2 % of the requests, and 6 times are 3 %."
  }

  assert {
    condition     = { for name, alarm in aws_cloudwatch_metric_alarm.latency_burn : name => [alarm.extended_statistic, floor(alarm.threshold * 10 + 0.5)] } == { fast-long = ["PR(:300)", 856], fast-short = ["PR(:300)", 856], slow-long = ["PR(:300)", 940], slow-short = ["PR(:300)", 940] }
    error_message = "One call of a hundred may take longer."
  }

  assert {
    condition     = alltrue([for alarm in values(aws_cloudwatch_composite_alarm.burn) : alarm.alarm_actions == toset([output.monitoring.topic_arn])]) && alltrue([for alarm in concat(values(aws_cloudwatch_metric_alarm.availability_burn), values(aws_cloudwatch_metric_alarm.latency_burn)) : length(coalesce(alarm.alarm_actions, [])) == 0])
    error_message = "Only the four alarms notify, not their windows."
  }

  assert {
    condition     = aws_cloudwatch_log_metric_filter.authorizer_failures[0].pattern == "{ $.responseType = \"AUTHORIZER_*\" }"
    error_message = "The access log has every failure of the authorizer, also those without a line of its own."
  }
}

run "rejects_an_objective_without_an_access_log" {
  command = plan

  module {
    source = "./modules/observability"
  }

  variables {
    api        = null
    monitoring = { slo = {} }
  }

  expect_failures = [var.api]
}

run "rejects_an_objective_of_100_percent" {
  command = plan

  module {
    source = "./modules/observability"
  }

  variables {
    monitoring = { slo = { availability_percent = 100 } }
  }

  expect_failures = [var.monitoring]
}

run "rejects_an_invalid_name" {
  command = plan

  module {
    source = "./modules/observability"
  }

  variables {
    name = "Portcullis!"
  }

  expect_failures = [var.name]
}

run "rejects_an_arn_for_the_functions_name" {
  command = plan

  module {
    source = "./modules/observability"
  }

  variables {
    function_name = "arn:aws:lambda:eu-central-1:111122223333:function:f"
  }

  expect_failures = [var.function_name]
}

run "rejects_an_invalid_metrics_setting" {
  command = plan

  module {
    source = "./modules/observability"
  }

  variables {
    metrics = "all"
  }

  expect_failures = [var.metrics]
}

run "rejects_a_topic_that_is_fifo" {
  command = plan

  module {
    source = "./modules/observability"
  }

  variables {
    monitoring = { topic_arn = "arn:aws:sns:eu-central-1:111122223333:oncall.fifo" }
  }

  expect_failures = [var.monitoring]
}

run "rejects_a_key_that_alarms_cannot_use" {
  command = plan

  module {
    source = "./modules/observability"
  }

  variables {
    monitoring = { kms_key_arn = "alias/aws/sns" }
  }

  expect_failures = [var.monitoring]
}

run "rejects_a_key_for_an_existing_topic" {
  command = plan

  module {
    source = "./modules/observability"
  }

  variables {
    monitoring = { topic_arn = "arn:aws:sns:eu-central-1:111122223333:oncall", kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/one" }
  }

  expect_failures = [var.monitoring]
}

run "rejects_an_alarm_at_0_errors" {
  command = plan

  module {
    source = "./modules/observability"
  }

  variables {
    monitoring = { server_errors = 0 }
  }

  expect_failures = [var.monitoring]
}

run "rejects_a_latency_beyond_api_gateways_timeout" {
  command = plan

  module {
    source = "./modules/observability"
  }

  variables {
    monitoring = { latency_ms = 30000 }
  }

  expect_failures = [var.monitoring]
}

run "rejects_a_band_of_0" {
  command = plan

  module {
    source = "./modules/observability"
  }

  variables {
    monitoring = { refusals_band = 0 }
  }

  expect_failures = [var.monitoring]
}
