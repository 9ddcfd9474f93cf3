variable "name" {
  description = "Prefix of the names of the function, its role, the queue and the bucket."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{0,48}$", var.name))
    error_message = "name must be 1 to 49 lower-case letters, digits or '-', not beginning with '-'."
  }
}

variable "package" {
  description = "The function's zip: its path, and its SHA-256 in base64."
  type        = object({ path = string, sha256 = string })
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9+/]{43}=$", var.package.sha256))
    error_message = "package.sha256 must be a SHA-256 in base64, as filebase64sha256 returns it."
  }
}

variable "runtime" {
  description = "Lambda runtime, nodejs22.x or later."
  type        = string
  default     = "nodejs22.x"
  nullable    = false

  validation {
    condition     = can(regex("^nodejs(2[2-9]|[3-9][0-9])\\.x$", var.runtime))
    error_message = "runtime must be nodejs22.x or a later Node.js runtime, such as nodejs24.x."
  }
}

variable "table" {
  description = "The permissions table: its ARN, that of its stream, and the ARN of your own KMS key for it, or null."
  type        = object({ arn = string, stream_arn = string, kms_key_arn = optional(string) })
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:dynamodb:[a-z0-9-]+:\\d{12}:table/[^/]+/stream/", var.table.stream_arn))
    error_message = "table.stream_arn must be the ARN of a DynamoDB stream."
  }
}

variable "environment_kms_key_arn" {
  description = "ARN of your own KMS key for the function's environment variables; null uses Lambda's key."
  type        = string
  default     = null

  validation {
    condition     = var.environment_kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:\\d{12}:key/", var.environment_kms_key_arn))
    error_message = "environment_kms_key_arn must be the ARN of a KMS key (arn:aws:kms:<region>:<account>:key/<id>), or null."
  }
}

# Copied from the root by npx tsx scripts/share-declarations.ts --write.
variable "history_export" {
  description = <<-EOT
    Copy of the history of run-time changes in a bucket with Object Lock; null creates none. Creates the table's stream.
    `mode`: `governance`, so that only identities with s3:BypassGovernanceRetention can delete a copy, or `compliance`, so that nobody can before its time.
    `retention_days`: how long each copy is locked, in days.
    `kms_key_arn`: ARN of your own KMS key for the bucket; null uses S3's key.
  EOT
  type = object({
    mode           = string
    retention_days = number
    kms_key_arn    = optional(string)
  })
  default = null

  validation {
    condition     = var.history_export == null ? true : contains(["governance", "compliance"], var.history_export.mode)
    error_message = "history_export.mode must be governance or compliance."
  }

  validation {
    condition     = var.history_export == null ? true : var.history_export.retention_days >= 1 && var.history_export.retention_days <= 36500 && floor(var.history_export.retention_days) == var.history_export.retention_days
    error_message = "history_export.retention_days must be a whole number from 1 to 36500 (a hundred years)."
  }

  validation {
    condition     = var.history_export == null ? true : var.history_export.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:\\d{12}:key/", var.history_export.kms_key_arn))
    error_message = "history_export.kms_key_arn must be the ARN of a KMS key (arn:aws:kms:<region>:<account>:key/<id>), or null."
  }
}

# Copied from the root by npx tsx scripts/share-declarations.ts --write.
variable "observability" {
  description = <<-EOT
    Logs, traces and metrics.
    `retention_days`: retention of the logs, in days.
    `kms_key_arn`: ARN of your own KMS key for the logs; null uses CloudWatch's key.
    `tracing`: whether AWS X-Ray traces requests.
    `metrics`: metrics that the authorizer writes in addition to those of faults: `off`, none; `on`, decisions; `tenant`, also decisions by tenant. CloudWatch charges for each metric.
    `log_level`: `info`, one line for each decision; `debug`, one more line with the returned policy.
    `method_metrics`: whether API Gateway writes its metrics for each method too, not only for the stage. CloudWatch charges for about five metrics a method and stage, at about $0.30 each and month: 100 methods cost about $150 a month.
  EOT
  type = object({
    retention_days = optional(number, 30)
    kms_key_arn    = optional(string)
    tracing        = optional(bool, true)
    metrics        = optional(string, "off")
    log_level      = optional(string, "info")
    method_metrics = optional(bool, false)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.observability.retention_days)
    error_message = "observability.retention_days must be 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }

  validation {
    condition     = contains(["off", "on", "tenant"], var.observability.metrics)
    error_message = "observability.metrics must be off, on or tenant."
  }

  validation {
    condition     = contains(["info", "debug"], var.observability.log_level)
    error_message = "observability.log_level must be info or debug."
  }

  validation {
    condition     = var.observability.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:\\d{12}:key/", var.observability.kms_key_arn))
    error_message = "observability.kms_key_arn must be the ARN of a KMS key (arn:aws:kms:<region>:<account>:key/<id>), or null."
  }
}

# Copied from the root by npx tsx scripts/share-declarations.ts --write.
variable "iam" {
  description = <<-EOT
    Roles of the functions.
    `permissions_boundary`: ARN of the policy that limits each created role; null sets none.
    `path`: path of each created role. Another path creates the roles again.
    `roles`: ARNs of existing roles by function: `authorizer`, `history-export`, `metadata`, `sample-backend` or `token-claims`. For these no role and no policy is created; docs/operations.md lists the statements that each needs, and so does the output `role_policies`.
  EOT
  type = object({
    permissions_boundary = optional(string)
    path                 = optional(string, "/")
    roles                = optional(map(string), {})
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.iam.permissions_boundary == null || can(regex("^arn:[a-z-]+:iam::(\\d{12}|aws):policy/", var.iam.permissions_boundary))
    error_message = "iam.permissions_boundary must be the ARN of an IAM policy (arn:aws:iam::<account>:policy/<name>), or null."
  }

  validation {
    condition     = can(regex("^/([!-.0-~]+/)*$", var.iam.path)) && length(var.iam.path) <= 512
    error_message = "iam.path must begin and end with a slash, such as / or /teams/quill/, and have at most 512 characters without spaces."
  }

  validation {
    condition     = length(setsubtract(keys(var.iam.roles), ["authorizer", "history-export", "metadata", "sample-backend", "token-claims"])) == 0
    error_message = "iam.roles must have only the keys authorizer, history-export, metadata, sample-backend and token-claims: functions that get a role of their own."
  }

  validation {
    condition     = alltrue([for arn in values(var.iam.roles) : can(regex("^arn:[a-z-]+:iam::\\d{12}:role/", arn))])
    error_message = "iam.roles must have the ARN of an IAM role for each function (arn:aws:iam::<account>:role/<name>)."
  }
}

# Copied from the root by npx tsx scripts/share-declarations.ts --write.
variable "vpc" {
  description = <<-EOT
    Subnets in which the functions run; null runs them outside your VPCs.
    `subnet_ids`, `security_group_ids`: ids of the subnets, and of the security groups, which must let out HTTPS.
    `dynamodb_endpoint`: whether the subnets' route tables have a gateway endpoint of DynamoDB.
    `s3_endpoint`: whether they have a gateway endpoint of S3, which only `history_export` needs.
    `nat`: whether the subnets have a route to the internet by a NAT gateway, by which the functions reach public issuers, and DynamoDB and S3 without an endpoint.
  EOT
  type = object({
    subnet_ids         = list(string)
    security_group_ids = list(string)
    dynamodb_endpoint  = optional(bool, false)
    s3_endpoint        = optional(bool, false)
    nat                = optional(bool, false)
  })
  default = null

  validation {
    condition     = var.vpc == null ? true : length(var.vpc.subnet_ids) > 0 && alltrue([for id in var.vpc.subnet_ids : can(regex("^subnet-[0-9a-f]+$", id))])
    error_message = "vpc.subnet_ids must have at least one id of a subnet, such as subnet-0a1b2c3d4e5f60718."
  }

  validation {
    condition     = var.vpc == null ? true : length(var.vpc.security_group_ids) > 0 && alltrue([for id in var.vpc.security_group_ids : can(regex("^sg-[0-9a-f]+$", id))])
    error_message = "vpc.security_group_ids must have at least one id of a security group, such as sg-0a1b2c3d4e5f60718."
  }

  validation {
    condition     = var.vpc == null ? true : var.vpc.dynamodb_endpoint || var.vpc.nat
    error_message = "vpc must say how the functions reach the permissions table, because without it every request gets a 500: set dynamodb_endpoint = true if the subnets' route tables have a gateway endpoint of DynamoDB, or nat = true if they have a route to a NAT gateway."
  }
}
