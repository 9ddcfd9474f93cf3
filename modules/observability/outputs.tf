output "monitoring" {
  description = "What watches: the topic that alarms are sent to, the dashboard and the alarms, by name."
  value = {
    topic_arn = local.topic_arn
    dashboard = aws_cloudwatch_dashboard.this.dashboard_name
    alarms    = concat(local.alarm_names, aws_cloudwatch_composite_alarm.any[*].alarm_name)
  }
}
