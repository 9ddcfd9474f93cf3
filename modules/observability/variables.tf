variable "name" {
  description = "Stands in every name: of the dashboard, the topic, alarms and queries."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9-]{1,53}$", var.name))
    error_message = "name must be 1 to 53 letters, digits or '-'."
  }
}

variable "function_name" {
  description = "The authorizer's function."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,64}$", var.function_name))
    error_message = "function_name must be a function's name, not its ARN."
  }
}

variable "api" {
  description = "The REST API: name, stage, and the log group of an access log whose lines are JSON with a `responseType`, as `modules/api` writes it. Null: only the authorizer is watched."
  type        = object({ name = string, stage = string, access_log_group = string })
  default     = null
}

variable "metrics" {
  description = "What the authorizer counts: `off`, `on` or `tenant`. The dashboard shows no more than that."
  type        = string
  default     = "off"
  nullable    = false

  validation {
    condition     = contains(["off", "on", "tenant"], var.metrics)
    error_message = "metrics must be off, on or tenant."
  }
}

variable "settings" {
  description = <<-EOT
    `topic_arn`: the SNS topic that alarms are sent to; null: one is made.
    `kms_key_arn`: your own key for the topic that is made; its policy must let cloudwatch.amazonaws.com use it.
    `server_errors`: answers with 5xx within 5 minutes that raise an alarm.
    `latency_ms`: the authorizer's slowest hundredth that does, for 15 minutes.
    `refusals_band`: how far above the usual the refusals must rise, in standard deviations of the past.
    `composite_alarm`: whether one alarm for all is sent in the place of each.
    `saved_queries`: of CloudWatch Logs Insights.
  EOT
  type = object({
    topic_arn       = optional(string)
    kms_key_arn     = optional(string)
    server_errors   = optional(number, 5)
    latency_ms      = optional(number, 1000)
    refusals_band   = optional(number, 4)
    composite_alarm = optional(bool, false)
    saved_queries   = optional(bool, true)
  })
  nullable = false

  validation {
    condition     = var.settings.topic_arn == null || can(regex("^arn:[a-z-]+:sns:[a-z0-9-]+:\\d{12}:[A-Za-z0-9_-]+$", var.settings.topic_arn))
    error_message = "monitoring.topic_arn must be the ARN of an SNS topic that is not FIFO, or null for one that is made."
  }

  validation {
    condition     = var.settings.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:\\d{12}:key/", var.settings.kms_key_arn))
    error_message = "monitoring.kms_key_arn must be the ARN of a KMS key of your own (arn:aws:kms:<region>:<account>:key/<id>), or null: with AWS's key for SNS no alarm could be sent."
  }

  validation {
    condition     = var.settings.kms_key_arn == null || var.settings.topic_arn == null
    error_message = "monitoring.kms_key_arn is for the topic that is made; a topic of your own (topic_arn) has its own key."
  }

  validation {
    condition     = var.settings.server_errors >= 1 && floor(var.settings.server_errors) == var.settings.server_errors
    error_message = "monitoring.server_errors must be a whole number, at least 1."
  }

  validation {
    condition     = var.settings.latency_ms >= 1 && var.settings.latency_ms <= 29000
    error_message = "monitoring.latency_ms must be from 1 to 29000: API Gateway waits no longer."
  }

  validation {
    condition     = var.settings.refusals_band > 0
    error_message = "monitoring.refusals_band must be above 0; 2 to 5 are usual."
  }
}
