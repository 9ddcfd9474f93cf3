variable "environment" {
  description = "Which environment this is: it chooses the tenants, names the stage, and stands in every name."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{0,19}$", var.environment))
    error_message = "environment must be 1 to 20 lower-case letters, digits or '-'."
  }
}

variable "name" {
  description = "What this deployment is called: with the environment it stands in every name, so that several fit into one account and region."
  type        = string
  default     = "portcullis"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,27}$", var.name))
    error_message = "name must be 2 to 28 lower-case letters, digits or '-', a letter first."
  }
}

variable "rest_api" {
  description = "The API that your own Terraform has: `id`, and `execution_arn`, for which alone the function may be called."
  type        = object({ id = string, execution_arn = string })
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:execute-api:", var.rest_api.execution_arn))
    error_message = "rest_api.execution_arn must be the execution_arn of an aws_api_gateway_rest_api."
  }
}

variable "document" {
  description = "Path of the OpenAPI document that the API is made of, as it was given to `npx portcullis build --into`; null: the API is made of resources, and its authorizers are made here."
  type        = string
  default     = null

  validation {
    condition     = var.document == null || can(filesha256(var.document))
    error_message = "document must be the path of your OpenAPI document, or null where the API is made of resources."
  }
}

variable "authorizers_available" {
  description = "How many authorizers the API has room for, beside its own: AWS allows ten by default."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = var.authorizers_available >= 1 && floor(var.authorizers_available) == var.authorizers_available
    error_message = "authorizers_available must be a whole number, at least 1."
  }
}

variable "stage" {
  description = "Your stage, to check that it has the stage variables: an aws_api_gateway_stage; null: it is not checked."
  type        = object({ variables = map(string) })
  default     = null
}

variable "cors_error_origin" {
  description = "The origin that our gateway responses name, where `--gateway-responses` wrote them."
  type        = string
  default     = "*"
  nullable    = false

  validation {
    condition     = can(regex("^(\\*|https?://[A-Za-z0-9.-]+(:[0-9]+)?)$", var.cors_error_origin))
    error_message = "cors_error_origin must be \"*\" or an origin such as https://app.example.com."
  }
}

variable "policies_directory" {
  description = "Folder of the policy files, below the folder that Terraform runs in; the build must have been made of them."
  type        = string
  default     = "policies"
  nullable    = false

  validation {
    condition     = can(regex("^[^/]", var.policies_directory))
    error_message = "policies_directory must be a path below this folder, such as policies or examples/saas/policies."
  }
}

variable "build_directory" {
  description = "Folder that the build wrote, below the folder that Terraform runs in."
  type        = string
  default     = "build"
  nullable    = false

  validation {
    condition     = can(regex("^[^/]", var.build_directory))
    error_message = "build_directory must be a path below this folder, such as build."
  }
}

variable "issuers" {
  description = <<-EOT
    The trusted issuers of this environment, by their names in the policy files.
    `url`: what `iss` must equal, to the character; with `{tid}` as one segment of its path any directory of Entra's, which the tenant's claim must name.
    `jwks_uri`: where its keys are; null: found by discovery below `url`, which has no `{tid}` then.
    `audiences`: at least one that its tokens must be for.
    `algorithms`: what it signs with, asymmetric only.
  EOT
  type = map(object({
    url        = string
    jwks_uri   = optional(string)
    audiences  = list(string)
    algorithms = optional(list(string), ["RS256"])
  }))
  nullable = false
}

variable "caching" {
  description = <<-EOT
    How API Gateway caches the authorizer's answers.
    `mode`: `auto` takes what the build found; `token`, `route` and `off` ask for one.
    `ttl_seconds`: how long; an edit of the permissions holds for everybody after this and authorizer.permissions_ttl_seconds.
  EOT
  type = object({
    mode        = optional(string, "auto")
    ttl_seconds = optional(number, 60)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["auto", "token", "route", "off"], var.caching.mode)
    error_message = "caching.mode must be auto, token, route or off."
  }

  validation {
    condition     = var.caching.ttl_seconds >= 1 && var.caching.ttl_seconds <= 3600 && floor(var.caching.ttl_seconds) == var.caching.ttl_seconds
    error_message = "caching.ttl_seconds must be a whole number from 1 to 3600; for none set caching.mode = \"off\"."
  }
}

variable "permissions" {
  description = <<-EOT
    Settings of the permissions table.
    `deletion_protection`: nobody can delete the table before this is off.
    `point_in_time_recovery`: restores any second of the last 35 days.
    `kms_key_arn`: your own key; null: DynamoDB's.
    `replicas`: further regions, each with the ARN of its own key or null.
    `seed_tenants`: whether Terraform keeps the tenants; if not, `publish` does, and Terraform keeps the catalogue.
  EOT
  type = object({
    deletion_protection    = optional(bool, true)
    point_in_time_recovery = optional(bool, true)
    kms_key_arn            = optional(string)
    replicas               = optional(map(object({ kms_key_arn = optional(string) })), {})
    seed_tenants           = optional(bool, true)
  })
  default  = {}
  nullable = false
}

variable "authorizer" {
  description = <<-EOT
    Settings of the authorizer's function.
    `runtime`: a Node.js runtime of Lambda.
    `memory_mb` and `timeout_seconds`: CPU grows with memory; API Gateway waits 30 s at the most.
    `reserved_concurrency`: as many at once and no more; -1: no limit of its own.
    `provisioned_concurrency`: as many kept warm; 0: none.
    `schedule`: times at which another number is kept warm, by names of your own. `at`: `cron(…)` or `at(…)` of EventBridge; `concurrency`: as many from then on; `timezone`: an IANA name.
    `ping_minutes`: every so many minutes one execution environment is kept warm by a call that decides nothing; 0: never.
    `shadow`: whether the candidate of `portcullis publish --shadow` is decided beside what is live. Callers see nothing of it; the decision's line has what would be different.
    `clock_tolerance_seconds`: how far the issuers' clocks may differ.
    `permissions_ttl_seconds`: how old permissions in the function's memory may be.
    `serve_stale_permissions_seconds`: how much older permissions in memory may be while the table cannot be read; 0: such a request is a 500. A suspension or revocation made meanwhile may hold only once that time is over.
    `keys_stale_seconds`: how long known keys work while their issuer cannot be reached.
    `stored_keys_seconds`: how old the keys that `portcullis keys` stored may be for a start to use them without asking their issuer; 0: only while it cannot be reached. A key that is taken away works at new starts for as long, unless the keys are stored again.
  EOT
  type = object({
    runtime                         = optional(string, "nodejs22.x")
    memory_mb                       = optional(number, 512)
    timeout_seconds                 = optional(number, 10)
    reserved_concurrency            = optional(number, -1)
    provisioned_concurrency         = optional(number, 0)
    schedule                        = optional(map(object({ at = string, concurrency = number, timezone = optional(string, "UTC") })), {})
    ping_minutes                    = optional(number, 0)
    shadow                          = optional(bool, false)
    clock_tolerance_seconds         = optional(number, 30)
    permissions_ttl_seconds         = optional(number, 30)
    serve_stale_permissions_seconds = optional(number, 0)
    keys_stale_seconds              = optional(number, 86400)
    stored_keys_seconds             = optional(number, 0)
  })
  default  = {}
  nullable = false
}

variable "canary" {
  description = <<-EOT
    A new version of the function that gets a part of the requests; null: the new version gets all.
    `stable_version`: the version that gets the rest, of the same layout. `npx portcullis deploy ENVIRONMENT --canary PERCENT` names it.
    `weight`: the new version's part, from 0 (none, which takes it back) to 1.
  EOT
  type        = object({ stable_version = string, weight = number })
  default     = null
}

variable "observability" {
  description = <<-EOT
    What is kept of what happens.
    `retention_days`: how long logs are kept.
    `kms_key_arn`: your own key for the logs; null: CloudWatch's.
    `tracing`: AWS X-Ray.
    `metrics`: what the authorizer counts beside faults: `off`, nothing; `on`, its decisions; `tenant`, these for each tenant too. CloudWatch takes money for each metric.
    `log_level`: `info`, a line a decision; `debug`, one more, with the policy that was returned.
  EOT
  type = object({
    retention_days = optional(number, 30)
    kms_key_arn    = optional(string)
    tracing        = optional(bool, true)
    metrics        = optional(string, "off")
    log_level      = optional(string, "info")
  })
  default  = {}
  nullable = false
}
