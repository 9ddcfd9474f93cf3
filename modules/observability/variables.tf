variable "name" {
  description = "Prefix of the names of the dashboard, the topic, the alarms and the queries."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9-]{1,53}$", var.name))
    error_message = "name must be 1 to 53 letters, digits or '-'."
  }
}

variable "function_name" {
  description = "Name of the authorizer's function."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,64}$", var.function_name))
    error_message = "function_name must be the name of a function, not its ARN."
  }
}

variable "api" {
  description = "The REST API: its name, its stage, and the log group of its access log, whose lines must be JSON with a `responseType`, as `modules/api` writes them. Null monitors only the authorizer."
  type        = object({ name = string, stage = string, access_log_group = string })
  default     = null

  validation {
    condition     = var.api != null || try(var.monitoring.slo, null) == null
    error_message = "monitoring.slo must be null without a REST API, because its access log has the failures of the authorizer."
  }
}

variable "metrics" {
  description = "Metrics that the authorizer writes: `off`, `on` or `tenant`. The dashboard shows only these."
  type        = string
  default     = "off"
  nullable    = false

  validation {
    condition     = contains(["off", "on", "tenant"], var.metrics)
    error_message = "metrics must be off, on or tenant."
  }
}

# Copied from the root by npx tsx scripts/share-declarations.ts --write.
variable "monitoring" {
  description = <<-EOT
    Dashboard, alarms and saved queries; null creates none.
    `topic_arn`: ARN of the SNS topic for alarms; null creates one.
    `kms_key_arn`: ARN of your own KMS key for the created topic, whose policy must let cloudwatch.amazonaws.com use it; null uses none.
    `server_errors`: number of 5xx responses within 5 minutes that raises an alarm.
    `latency_ms`: duration of the authorizer (p99), in ms, that raises an alarm after 15 minutes.
    `refusals_band`: how far above the usual the number of denied requests must rise to raise an alarm, in standard deviations.
    `composite_alarm`: whether one alarm for all is sent instead of each.
    `saved_queries`: whether queries for CloudWatch Logs Insights are saved.
    `slo`: service level objective with alarms on its burn rate; null creates none. `availability_percent`: share of requests for which the authorizer does not fail; `latency_ms`: duration within which 99 of 100 calls of the authorizer end. Only for a REST API.
  EOT
  type = object({
    topic_arn       = optional(string)
    kms_key_arn     = optional(string)
    server_errors   = optional(number, 5)
    latency_ms      = optional(number, 1000)
    refusals_band   = optional(number, 4)
    composite_alarm = optional(bool, false)
    saved_queries   = optional(bool, true)
    slo = optional(object({
      availability_percent = optional(number, 99.9)
      latency_ms           = optional(number, 500)
    }))
  })
  default = null

  validation {
    condition     = var.monitoring == null ? true : var.monitoring.topic_arn == null || can(regex("^arn:[a-z-]+:sns:[a-z0-9-]+:\\d{12}:[A-Za-z0-9_-]+$", var.monitoring.topic_arn))
    error_message = "monitoring.topic_arn must be the ARN of an SNS topic that is not FIFO, or null to create one."
  }

  validation {
    condition     = var.monitoring == null ? true : var.monitoring.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:\\d{12}:key/", var.monitoring.kms_key_arn))
    error_message = "monitoring.kms_key_arn must be the ARN of a KMS key of your own (arn:aws:kms:<region>:<account>:key/<id>), or null. AWS's key for SNS is not possible, because alarms cannot use it."
  }

  validation {
    condition     = var.monitoring == null ? true : var.monitoring.kms_key_arn == null || var.monitoring.topic_arn == null
    error_message = "monitoring.kms_key_arn must be null with topic_arn, because it is for the created topic: set the key on your own topic."
  }

  validation {
    condition     = var.monitoring == null ? true : var.monitoring.server_errors >= 1 && floor(var.monitoring.server_errors) == var.monitoring.server_errors
    error_message = "monitoring.server_errors must be a whole number, at least 1."
  }

  validation {
    condition     = var.monitoring == null ? true : var.monitoring.latency_ms >= 1 && var.monitoring.latency_ms <= 29000
    error_message = "monitoring.latency_ms must be from 1 to 29000, because API Gateway waits no longer."
  }

  validation {
    condition     = var.monitoring == null ? true : var.monitoring.refusals_band > 0
    error_message = "monitoring.refusals_band must be above 0; 2 to 5 are usual."
  }

  validation {
    condition     = var.monitoring == null ? true : var.monitoring.slo == null ? true : var.monitoring.slo.availability_percent >= 90 && var.monitoring.slo.availability_percent < 100 && var.monitoring.slo.latency_ms >= 1 && var.monitoring.slo.latency_ms <= 29000
    error_message = "monitoring.slo must have an availability_percent from 90 to below 100, and a latency_ms from 1 to 29000."
  }
}
