output "monitoring" {
  description = "ARN of the topic for alarms, and names of the dashboard and the alarms."
  value = {
    topic_arn = local.topic_arn
    dashboard = aws_cloudwatch_dashboard.this.dashboard_name
    alarms    = concat(local.alarm_names, aws_cloudwatch_composite_alarm.any[*].alarm_name)
  }
}
