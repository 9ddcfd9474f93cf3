locals {
  # Provider 6 has other attributes for the region's name than provider 5. The topic is in the alarms' region.
  region = split(":", local.topic_arn)[3]

  # Each widget has a title, and metrics in CloudWatch's format. A row has two widgets.
  api_widgets = [
    for widget in [
      {
        title = "Requests"
        metrics = [
          for metric in ["Count", "4XXError", "5XXError"] : ["AWS/ApiGateway", metric, "ApiName", try(var.api.name, ""), "Stage", try(var.api.stage, ""), { stat = "Sum" }]
        ]
      },
      {
        title = "Request latency, ms"
        metrics = [
          for pair in setproduct(["Latency", "IntegrationLatency"], ["p50", "p99"]) : ["AWS/ApiGateway", pair[0], "ApiName", try(var.api.name, ""), "Stage", try(var.api.stage, ""), { stat = pair[1], label = "${pair[0]} ${pair[1]}" }]
        ]
      },
      {
        title   = "Denied requests, with cached decisions"
        metrics = [for denial in values(local.denials) : [local.log_namespace, denial.metric, { stat = "Sum" }]]
      },
    ] : widget if var.api != null
  ]

  function_widgets = [
    {
      title   = "Authorizer calls"
      metrics = [for metric in ["Invocations", "Throttles"] : ["AWS/Lambda", metric, "FunctionName", var.function_name, { stat = "Sum" }]]
    },
    {
      title   = "Authorizer duration, ms"
      metrics = [for stat in ["p50", "p90", "p99"] : ["AWS/Lambda", "Duration", "FunctionName", var.function_name, { stat = stat, label = stat }]]
    },
    {
      title   = "Faults that callers may not notice yet"
      metrics = [for metric in ["StalePermissions", "StaleKeys", "KeyRefreshFailures"] : [local.namespace, metric, "FunctionName", var.function_name, { stat = "Sum" }]]
    },
  ]

  # Widgets of the authorizer's own metrics, if it writes them. They search, because the dimensions' values change.
  decision_widgets = [
    for widget in [
      { title = "Decisions by outcome", metrics = [[{ expression = "SEARCH('{Portcullis,FunctionName,Outcome} MetricName=\"Decisions\" FunctionName=\"${var.function_name}\"', 'Sum', 300)" }]] },
      { title = "Denials and failures by reason", metrics = [[{ expression = "SEARCH('{Portcullis,FunctionName,Reason} MetricName=\"Decisions\" FunctionName=\"${var.function_name}\"', 'Sum', 300)" }]] },
      {
        title   = "Decision steps, ms (p99)"
        metrics = [for metric in ["Latency", "TokenLatency", "PermissionsLatency", "DecisionLatency"] : [local.namespace, metric, "FunctionName", var.function_name, { stat = "p99" }]]
      },
      {
        title   = "Share of decisions with cached permissions"
        metrics = [[local.namespace, "PermissionsCacheHits", "FunctionName", var.function_name, { stat = "Average" }]]
      },
    ] : widget if var.metrics != "off"
  ]

  tenant_widgets = [
    for widget in [
      { title = "Busiest tenants", metrics = [[{ expression = "SLICE(SORT(SEARCH('{Portcullis,FunctionName,Outcome,Tenant} MetricName=\"Decisions\" FunctionName=\"${var.function_name}\" Outcome=\"allow\"', 'Sum', 300), SUM, DESC), 0, 10)" }]] },
      { title = "Most denied tenants", metrics = [[{ expression = "SLICE(SORT(SEARCH('{Portcullis,FunctionName,Outcome,Tenant} MetricName=\"Decisions\" FunctionName=\"${var.function_name}\" Outcome=\"deny\"', 'Sum', 300), SUM, DESC), 0, 10)" }]] },
    ] : widget if var.metrics == "tenant"
  ]

  # Encoded as JSON until they are joined, because the members of a list must have one type.
  widgets = [for json in concat([for widget in local.api_widgets : jsonencode(widget)], [for widget in local.function_widgets : jsonencode(widget)], [for widget in local.decision_widgets : jsonencode(widget)], [for widget in local.tenant_widgets : jsonencode(widget)]) : jsondecode(json)]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name

  dashboard_body = jsonencode({
    widgets = [
      for index, widget in local.widgets : {
        type       = "metric"
        x          = index % 2 * 12
        y          = floor(index / 2) * 6
        width      = 12
        height     = 6
        properties = { title = widget.title, metrics = widget.metrics, view = "timeSeries", stacked = false, period = 300, region = local.region }
      }
    ]
  })
}
