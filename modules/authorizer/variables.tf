variable "name" {
  description = "Name of the function and of its role is this and `-authorizer`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9-]{1,53}$", var.name))
    error_message = "name must be 1 to 53 letters, digits or '-'."
  }
}

variable "package" {
  description = "The function's zip: where it is, and the base64 of its SHA-256."
  type        = object({ path = string, sha256 = string })
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9+/]{43}=$", var.package.sha256))
    error_message = "package.sha256 must be the base64 of a SHA-256, as filebase64sha256 gives it."
  }
}

variable "layout" {
  description = "Hash of the layout that divides the routes among authorizers. It names the alias, so that API and function change in one."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9a-f]{12}$", var.layout))
    error_message = "layout must be 12 hexadecimal digits, as the build's manifest has them."
  }
}

variable "caching_mode" {
  description = "How API Gateway caches the function's answers: `token`, `route` or `off`. The function needs to know."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["token", "route", "off"], var.caching_mode)
    error_message = "caching_mode must be token, route or off."
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

  validation {
    condition     = alltrue([for issuer in values(var.issuers) : can(regex("^https://([A-Za-z0-9_-]+\\.)+[A-Za-z][A-Za-z0-9-]*(:[0-9]+)?(/[^#\\s]*)?$", issuer.url)) && !can(regex("^https://[^/]*\\.localhost(:|/|$)", issuer.url))])
    error_message = "issuers: each url must be an https URL with a public host name: not http, no loopback, no address, no fragment."
  }

  validation {
    condition     = alltrue([for issuer in values(var.issuers) : !can(regex("[{}]", issuer.url)) || (can(regex("^https://[^/{}]+/([^{}]+/)?\\{tid\\}(/[^{}]*)?$", issuer.url)) && issuer.jwks_uri != null)])
    error_message = "issuers: a url may have {tid} once, as a whole segment of its path, and no other brace; it then needs a jwks_uri."
  }

  validation {
    condition     = alltrue([for issuer in values(var.issuers) : issuer.jwks_uri == null || (can(regex("^https://([A-Za-z0-9_-]+\\.)+[A-Za-z][A-Za-z0-9-]*(:[0-9]+)?(/[^#\\s]*)?$", issuer.jwks_uri)) && !can(regex("^https://[^/]*\\.localhost(:|/|$)", issuer.jwks_uri)))])
    error_message = "issuers: each jwks_uri must be an https URL with a public host name: not http, no loopback, no address, no fragment; or null for discovery."
  }

  validation {
    condition     = alltrue([for issuer in values(var.issuers) : length(issuer.audiences) > 0 && !contains(issuer.audiences, "")])
    error_message = "issuers: each needs at least one audience, and none may be empty."
  }

  validation {
    condition     = alltrue([for issuer in values(var.issuers) : length(issuer.algorithms) > 0 && alltrue([for algorithm in issuer.algorithms : contains(["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"], algorithm)])])
    error_message = "issuers: algorithms must be of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512 and EdDSA: asymmetric ones, at least one."
  }

  validation {
    condition     = length(distinct([for issuer in values(var.issuers) : issuer.url])) == length(var.issuers)
    error_message = "issuers: two may not have the same url."
  }
}

variable "expected_issuers" {
  description = "Names of the issuers that the policy files trust: `issuers` must have exactly these."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.expected_issuers) > 0
    error_message = "expected_issuers must name at least one: without an issuer nobody could be let in."
  }
}

variable "table" {
  description = "The permissions table: name, ARN, and the ARN of its own KMS key or null."
  type        = object({ name = string, arn = string, kms_key_arn = optional(string) })
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:dynamodb:[a-z0-9-]+:\\d{12}:table/", var.table.arn))
    error_message = "table.arn must be the ARN of a DynamoDB table."
  }
}

variable "usage_keys" {
  description = "By what the API keys of usage plans are named: for whom (`plan` or `tenant`), and the secret that they are made of; null: plans are not enforced."
  type        = object({ per = string, secret = string })
  default     = null
  sensitive   = true
}

variable "settings" {
  description = <<-EOT
    Settings of the function.
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

  validation {
    condition     = can(regex("^nodejs(2[2-9]|[3-9][0-9])\\.x$", var.settings.runtime))
    error_message = "authorizer.runtime must be nodejs22.x or a later Node.js runtime, such as nodejs24.x."
  }

  validation {
    condition     = var.settings.memory_mb >= 128 && var.settings.memory_mb <= 10240 && floor(var.settings.memory_mb) == var.settings.memory_mb
    error_message = "authorizer.memory_mb must be a whole number from 128 to 10240."
  }

  validation {
    condition     = var.settings.timeout_seconds >= 5 && var.settings.timeout_seconds <= 29 && floor(var.settings.timeout_seconds) == var.settings.timeout_seconds
    error_message = "authorizer.timeout_seconds must be a whole number from 5 to 29: the function's own deadlines need 5, and API Gateway waits 30."
  }

  validation {
    condition     = var.settings.reserved_concurrency == -1 || var.settings.reserved_concurrency >= 1
    error_message = "authorizer.reserved_concurrency must be -1 (no limit of its own) or at least 1: with 0 every request would be answered with 500."
  }

  validation {
    condition     = var.settings.provisioned_concurrency >= 0 && (var.settings.reserved_concurrency == -1 || var.settings.provisioned_concurrency <= var.settings.reserved_concurrency)
    error_message = "authorizer.provisioned_concurrency must be 0 (none) or more, and not above reserved_concurrency."
  }

  validation {
    condition     = alltrue([for entry in values(var.settings.schedule) : can(regex("^(cron|at)\\(.+\\)$", entry.at)) && floor(entry.concurrency) == entry.concurrency && entry.concurrency >= 0])
    error_message = "authorizer.schedule: each at must be cron(…) or at(…), and each concurrency a whole number from 0."
  }

  validation {
    condition     = var.settings.reserved_concurrency == -1 || alltrue([for entry in values(var.settings.schedule) : entry.concurrency <= var.settings.reserved_concurrency])
    error_message = "authorizer.schedule: no concurrency may be above reserved_concurrency."
  }

  validation {
    condition     = var.settings.ping_minutes >= 0 && var.settings.ping_minutes <= 60 && floor(var.settings.ping_minutes) == var.settings.ping_minutes
    error_message = "authorizer.ping_minutes must be a whole number from 0 (never) to 60."
  }

  validation {
    condition     = var.settings.clock_tolerance_seconds >= 0 && var.settings.clock_tolerance_seconds <= 300
    error_message = "authorizer.clock_tolerance_seconds must be from 0 to 300."
  }

  validation {
    condition     = var.settings.permissions_ttl_seconds >= 0 && var.settings.permissions_ttl_seconds <= 3600
    error_message = "authorizer.permissions_ttl_seconds must be from 0 to 3600."
  }

  validation {
    condition     = var.settings.serve_stale_permissions_seconds >= 0 && var.settings.serve_stale_permissions_seconds <= 3600 && floor(var.settings.serve_stale_permissions_seconds) == var.settings.serve_stale_permissions_seconds
    error_message = "authorizer.serve_stale_permissions_seconds must be a whole number from 0 (off) to 3600, which is an hour."
  }

  validation {
    condition     = var.settings.keys_stale_seconds >= 0 && var.settings.keys_stale_seconds <= 604800
    error_message = "authorizer.keys_stale_seconds must be from 0 to 604800, which is a week."
  }

  validation {
    condition     = var.settings.stored_keys_seconds >= 0 && var.settings.stored_keys_seconds <= 86400 && floor(var.settings.stored_keys_seconds) == var.settings.stored_keys_seconds
    error_message = "authorizer.stored_keys_seconds must be a whole number from 0 (off) to 86400, which is a day."
  }
}

variable "canary" {
  description = <<-EOT
    A new version of the function that gets a part of the requests; null: the new version gets all.
    `stable_version`: the version that gets the rest, of the same layout. `npx portcullis deploy ENVIRONMENT --canary PERCENT` names it.
    `weight`: the new version's part, from 0 (none, which takes it back) to 1.
  EOT
  type        = object({ stable_version = string, weight = number })
  default     = null

  validation {
    condition     = var.canary == null || (can(regex("^[0-9]+$", var.canary.stable_version)) && try(var.canary.weight >= 0 && var.canary.weight <= 1, false))
    error_message = "canary.stable_version must be a published version's number, and canary.weight from 0 to 1."
  }
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
