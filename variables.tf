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

variable "api_type" {
  description = "`rest`, or `http`: an HTTP API, without firewall, resource policy and gateway responses. The build must be of the same type."
  type        = string
  default     = "rest"
  nullable    = false

  validation {
    condition     = contains(["rest", "http"], var.api_type)
    error_message = "api_type must be rest or http."
  }
}

variable "authorizer_type" {
  description = "Of a REST API: `request`, or `token`, which sees the Authorization header and no other. The build must be of the same type."
  type        = string
  default     = "request"
  nullable    = false

  validation {
    condition     = contains(["request", "token"], var.authorizer_type)
    error_message = "authorizer_type must be request or token."
  }

  validation {
    condition     = var.authorizer_type == "request" || var.api_type == "rest"
    error_message = "authorizer_type: an HTTP API has authorizers of type request only."
  }
}

variable "http_api" {
  description = <<-EOT
    Settings of an HTTP API.
    `response`: what the authorizer answers, `simple` for one path or `iam`, a policy for all paths of a route. The build must be of the same kind.
  EOT
  type = object({
    response = optional(string, "simple")
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["simple", "iam"], var.http_api.response)
    error_message = "http_api.response must be simple or iam."
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
  default  = {}
  nullable = false
}

variable "identity" {
  description = <<-EOT
    A Cognito user pool that is one of the trusted issuers; null: none.
    `issuer`: its name in `policies/issuers.yaml`, where its preset is `cognito`.
    `password_login`: `npx portcullis login` works, for the client takes user name and password as they are; for development alone.
    `self_sign_up`: whether people may sign up by themselves. They have no tenant until an administrator gives them one.
    `mfa`: `off`, `optional` or `required`; by an authenticator app.
    `password`: what a password must have.
    `access_token_minutes`, `id_token_minutes`, `refresh_token_days`: how long tokens live. A disabled user's access token works to its end.
    `groups`: the pool's groups; null: one for each shared role, by its name.
    `domain`: for the pool's own sign-in pages, `prefix` of their host, and where they may send the browser back to.
    `further_clients`: ids of other app clients of this pool whose tokens are accepted. Every client of the pool, accepted or not, must have write attributes without custom:tenant, or its users choose their tenant.
    `deletion_protection`: nobody can delete the pool before this is off.
    `tier`: `ESSENTIALS` or `PLUS`; null: as AWS gives, which is Essentials for new pools. Lite cannot change access tokens.
  EOT
  type = object({
    issuer         = optional(string, "cognito")
    password_login = optional(bool, false)
    self_sign_up   = optional(bool, false)
    mfa            = optional(string, "optional")
    password = optional(object({
      minimum_length = optional(number, 12)
      lowercase      = optional(bool, true)
      uppercase      = optional(bool, true)
      numbers        = optional(bool, true)
      symbols        = optional(bool, false)
    }), {})
    access_token_minutes = optional(number, 60)
    id_token_minutes     = optional(number, 60)
    refresh_token_days   = optional(number, 30)
    groups               = optional(list(string))
    domain = optional(object({
      prefix        = string
      callback_urls = list(string)
      logout_urls   = optional(list(string), [])
    }))
    further_clients     = optional(list(string), [])
    deletion_protection = optional(bool, true)
    tier                = optional(string)
  })
  default = null

  validation {
    condition     = var.identity == null ? true : !contains(keys(var.issuers), var.identity.issuer)
    error_message = "identity: issuers has this name too: the user pool is an issuer by itself, so take its entry out of issuers."
  }
}

variable "backends" {
  description = <<-EOT
    Where the API's backends are, by their names in the policy files; the sample backend answers for those without a value.
    `function_arn`, for a backend of kind lambda: its ARN, better with an alias.
    `url`, for a backend of kind http: what the route's path is appended to.
    `vpc_link_id`, for a backend of kind http inside a VPC.
  EOT
  type = map(object({
    function_arn = optional(string)
    url          = optional(string)
    vpc_link_id  = optional(string)
  }))
  default  = {}
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

  validation {
    condition     = var.authorizer.timeout_seconds <= 10 || var.api_type == "rest"
    error_message = "authorizer.timeout_seconds: an HTTP API waits 10 s for its authorizer at the most."
  }
}

variable "cors" {
  description = <<-EOT
    What browsers are told before they send a request, and with API Gateway's own errors.
    `allowed_origins`: origins of pages that may call; "*": any.
    `allowed_headers`: headers that they may send.
    `max_age_seconds`: how long browsers remember it.
  EOT
  type = object({
    allowed_origins = optional(list(string), ["*"])
    allowed_headers = optional(list(string), ["Authorization", "Content-Type"])
    max_age_seconds = optional(number, 600)
  })
  default  = {}
  nullable = false
}

variable "throttle" {
  description = "Requests that the stage takes of all callers together: `rate` a second, `burst` at once. More are answered with 429."
  type = object({
    rate  = optional(number, 1000)
    burst = optional(number, 500)
  })
  default  = {}
  nullable = false
}

variable "request_validation" {
  description = <<-EOT
    What API Gateway checks of a request before a backend gets it, beside the presence of required parameters.
    `bodies`: bodies of JSON, by the schemas of policies/api.yaml.
  EOT
  type = object({
    bodies = optional(bool, false)
  })
  default  = {}
  nullable = false

  validation {
    condition     = !var.request_validation.bodies || var.api_type == "rest"
    error_message = "request_validation: an HTTP API checks no bodies."
  }
}

variable "usage_plans" {
  description = <<-EOT
    Makes usage plans of the policy files' plans, whose `throttle` and `quota` are then enforced; null: they are not.
    `per`: whose requests count together: `plan`, those of all tenants of a plan; `tenant`, those of each tenant of the policy files.
    `enforced`: whether methods ask for the key; false makes plans and keys, and the authorizer name them, so that the next apply can enforce them without a gap.
  EOT
  type = object({
    per      = optional(string, "plan")
    enforced = optional(bool, true)
  })
  default = null

  validation {
    condition     = var.usage_plans == null || contains(["plan", "tenant"], try(var.usage_plans.per, ""))
    error_message = "usage_plans.per must be plan or tenant."
  }

  validation {
    condition     = var.usage_plans == null || var.api_type == "rest"
    error_message = "usage_plans: an HTTP API has no usage plans."
  }
}

variable "denies" {
  description = <<-EOT
    Requests that are refused before anybody is asked who is calling: Deny statements of the API's resource policy. The Allow for methods without authorizer is added, and no other.
    `sid`: the statement's name.
    `resources`: METHOD/path, with wildcards.
    `conditions`: as in IAM, operator, key and values; empty: always.
  EOT
  type = list(object({
    sid        = string
    resources  = optional(list(string), ["*"])
    conditions = optional(map(map(list(string))), {})
  }))
  default  = []
  nullable = false

  validation {
    condition     = length(var.denies) == 0 || var.api_type == "rest"
    error_message = "denies: an HTTP API has no resource policy, so nothing would refuse these: use api_type = \"rest\", or a firewall in front of it."
  }
}

variable "domain" {
  description = <<-EOT
    A domain of your own; null: only the URL that AWS gives.
    `name`: the host.
    `certificate_arn`: of its certificate, in the API's region.
    `base_path`: first segment of its paths that leads to this API; empty: all of them.
    `disable_execute_api_endpoint`: whether the URL that AWS gives stops answering.
  EOT
  type = object({
    name                         = string
    certificate_arn              = string
    base_path                    = optional(string, "")
    disable_execute_api_endpoint = optional(bool, true)
  })
  default = null
}

variable "web_acl_arn" {
  description = "ARN of a regional WAF web ACL that the stage stands behind; null: none."
  type        = string
  default     = null

  validation {
    condition     = var.web_acl_arn == null || var.api_type == "rest"
    error_message = "web_acl_arn: an HTTP API cannot stand behind a web ACL: use api_type = \"rest\", or CloudFront with the firewall in front of it."
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

variable "monitoring" {
  description = <<-EOT
    A dashboard, alarms and saved queries; null: none.
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
  default = null
}

variable "manage_account_logging" {
  description = "Whether the role by which API Gateway writes logs is kept here: there is one an account and region, so exactly one environment there keeps it."
  type        = bool
  default     = true
  nullable    = false
}
