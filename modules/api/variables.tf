variable "name" {
  description = "Name of the API."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9-]{1,55}$", var.name))
    error_message = "name must be 1 to 55 letters, digits or '-'."
  }
}

variable "stage" {
  description = "Name of the stage. Without a custom domain it is the first path segment."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,32}$", var.stage))
    error_message = "stage must be 1 to 32 letters, digits, '_' or '-'."
  }
}

variable "definition" {
  description = "API definition that the build writes for the caching mode: an OpenAPI 3.0 document in JSON, with placeholders inside strings."
  type        = string
  nullable    = false

  validation {
    condition     = can(jsondecode(var.definition).paths)
    error_message = "definition must be an OpenAPI document in JSON, with paths."
  }
}

variable "stage_variables" {
  description = "Stage variables, one for each authorizer group: the first identity source of the group's authorizer."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(var.stage_variables) > 0 && alltrue([for name, value in var.stage_variables : can(regex("^portcullis_[a-z0-9_]+$", name)) && can(regex("^[A-Za-z0-9._-]+$", value))])
    error_message = "stage_variables must have at least one entry, each portcullis_<group> = <group>-<layout>, because an authorizer without its variable returns 401."
  }
}

variable "authorizer_function" {
  description = "The authorizer's function: its name, the layout's alias, the URI that invokes the alias, and the previous layout's alias (`kept_aliases`), if there is one."
  type        = object({ name = string, alias = string, invoke_uri = string, kept_aliases = optional(list(string), []) })
  nullable    = false
}

variable "authorizer_ttl_seconds" {
  description = "How long API Gateway caches the authorizer's responses. Caching mode `off` ignores it."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.authorizer_ttl_seconds >= 1 && var.authorizer_ttl_seconds <= 3600 && floor(var.authorizer_ttl_seconds) == var.authorizer_ttl_seconds
    error_message = "caching.ttl_seconds must be a whole number from 1 to 3600; to disable caching, set caching.mode = \"off\"."
  }
}

variable "access_path" {
  description = "Path of the route at which a caller reads what it may do; null: the API has none."
  type        = string
  default     = null
}

variable "backend_kinds" {
  description = "Kinds of the backends that the API names: `lambda` or `http`."
  type        = map(string)
  nullable    = false
}

# Copied from the root by npx tsx scripts/share-declarations.ts --write.
variable "backends" {
  description = <<-EOT
    The API's backends, by their names in the policy files. The sample backend replaces those without a value.
    `function_arn`: for a backend of kind lambda, the ARN of the function, preferably of an alias.
    `url`: for a backend of kind http, the base URL, to which the route's path is appended.
    `vpc_link_id`: for a backend of kind http inside a VPC, the id of the VPC link; null uses none. Only for a REST API.
    `timeout_seconds`: how long API Gateway waits for the backend; null uses its default, 29 s for a REST API and 30 s for an HTTP API. Above 29 s a REST API needs a higher quota of the account.
  EOT
  type = map(object({
    function_arn    = optional(string)
    url             = optional(string)
    vpc_link_id     = optional(string)
    timeout_seconds = optional(number)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for backend in values(var.backends) : backend.function_arn == null || can(regex("^arn:[a-z-]+:lambda:[a-z0-9-]+:\\d{12}:function:[A-Za-z0-9_-]+(:[A-Za-z0-9_-]+)?$", backend.function_arn))])
    error_message = "backends: each function_arn must be the ARN of a Lambda function or of one of its aliases."
  }

  validation {
    condition     = alltrue([for backend in values(var.backends) : backend.url == null || can(regex(backend.vpc_link_id == null ? "^https://[^/?#{}\\s]+(/[^/?#{}\\s]+)*$" : "^https?://[^/?#{}\\s]+(/[^/?#{}\\s]+)*$", backend.url))])
    error_message = "backends: each url must be an https URL (or http with a VPC link) without a slash at its end, query or placeholders, such as https://billing.example.com/v1."
  }

  validation {
    condition     = alltrue([for backend in values(var.backends) : backend.vpc_link_id == null || backend.url != null])
    error_message = "backends: a backend with a vpc_link_id must have a url."
  }

  validation {
    condition     = alltrue([for backend in values(var.backends) : backend.timeout_seconds == null ? true : backend.timeout_seconds >= 1 && backend.timeout_seconds <= 300 && floor(backend.timeout_seconds) == backend.timeout_seconds])
    error_message = "backends: each timeout_seconds must be a whole number from 1 to 300, or null for API Gateway's default."
  }
}

variable "sample_backend" {
  description = "The function that replaces backends without a value: its name, and the URI that invokes it. Null if every backend has a value."
  type        = object({ name = string, invoke_uri = string })
  default     = null
}

variable "resource_metadata" {
  description = "Metadata document of the API (RFC 9728): its `url`, which a 401 names, and its `text`. Null if there is none."
  type        = object({ url = string, text = string })
  default     = null

  validation {
    condition     = var.resource_metadata == null ? true : can(regex("^https://[a-z0-9.-]+/\\.well-known/oauth-protected-resource$", var.resource_metadata.url)) && can(regex("^[^$#]*$", var.resource_metadata.text))
    error_message = "resource_metadata.url must be that of /.well-known/oauth-protected-resource at the root of a host, and its text must not have $ or #, which mapping templates read."
  }
}

variable "open_methods" {
  description = "Methods that no authorizer guards, from the build. `resources`: these methods as METHOD/path, which a resource policy allows. `conflicts`: reasons why such a policy cannot be exact."
  type        = object({ resources = list(string), conflicts = list(string) })
  nullable    = false

  validation {
    condition     = alltrue([for resource in var.open_methods.resources : can(regex("^[A-Z]+/", resource))])
    error_message = "open_methods.resources must each be METHOD/path, such as GET/health."
  }

  validation {
    condition     = length(var.denies) == 0 || length(var.open_methods.conflicts) == 0
    error_message = "denies must be empty for this API, because its resource policy could not allow the public routes and nothing else: ${join("; ", var.open_methods.conflicts)}. Change the public route's path so that it matches no other route."
  }
}

# Copied from the root by npx tsx scripts/share-declarations.ts --write.
variable "request_validation" {
  description = <<-EOT
    What API Gateway validates in a request, in addition to the presence of required parameters.
    `bodies`: whether JSON bodies are validated against the schemas of policies/api.yaml.
  EOT
  type = object({
    bodies = optional(bool, false)
  })
  default  = {}
  nullable = false
}

variable "require_api_key" {
  description = "Whether every guarded method requires the API key of a usage plan, which the authorizer returns."
  type        = bool
  default     = false
  nullable    = false
}

# Copied from the root by npx tsx scripts/share-declarations.ts --write.
variable "cors" {
  description = <<-EOT
    CORS headers of preflight responses and of API Gateway's own errors.
    `allowed_origins`: origins of pages that may call the API; "*" allows every origin.
    `allowed_headers`: request headers that these pages may send.
    `max_age_seconds`: how long browsers cache a preflight response; 0 disables this.
  EOT
  type = object({
    allowed_origins = optional(list(string), ["*"])
    allowed_headers = optional(list(string), ["Authorization", "Content-Type"])
    max_age_seconds = optional(number, 600)
  })
  default  = {}
  nullable = false

  validation {
    condition     = length(var.cors.allowed_origins) > 0 && alltrue([for origin in var.cors.allowed_origins : can(regex("^(\\*|https?://[A-Za-z0-9.-]+(:[0-9]+)?)$", origin))])
    error_message = "cors.allowed_origins must have at least one entry, each \"*\" or an origin without a path, such as https://app.example.com."
  }

  validation {
    condition     = alltrue([for header in var.cors.allowed_headers : can(regex("^[A-Za-z0-9-]+$", header))])
    error_message = "cors.allowed_headers must be names of headers: letters, digits and '-', such as X-Trace-Id."
  }

  validation {
    condition     = var.cors.max_age_seconds >= 0 && var.cors.max_age_seconds <= 86400 && floor(var.cors.max_age_seconds) == var.cors.max_age_seconds
    error_message = "cors.max_age_seconds must be a whole number from 0 to 86400."
  }
}

# Copied from the root by npx tsx scripts/share-declarations.ts --write.
variable "throttle" {
  description = "Limit on the requests of all callers together: `rate` a second, `burst` at once. Requests above it get a 429."
  type = object({
    rate  = optional(number, 1000)
    burst = optional(number, 500)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.throttle.rate > 0 && var.throttle.burst >= 1 && floor(var.throttle.burst) == var.throttle.burst
    error_message = "throttle.rate must be above 0, and throttle.burst must be a whole number, at least 1."
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

variable "log_role_arn" {
  description = "ARN of the account's role for API Gateway's logs, if this configuration creates it, so that the stage waits for it; null: the role exists."
  type        = string
  default     = null
}

# Copied from the root by npx tsx scripts/share-declarations.ts --write.
variable "domain" {
  description = <<-EOT
    Custom domain; null uses only the URL that AWS assigns.
    `name`: host name of the domain.
    `certificate_arn`: ARN of the domain's ACM certificate, in the API's region; null creates one, which a record in the zone validates.
    `zone_id`: id of the Route 53 hosted zone in which the domain's records are created; null creates none.
    `base_path`: first path segment that belongs to this API; empty uses the whole domain.
    `disable_execute_api_endpoint`: whether the URL that AWS assigns is disabled.
    `security_policy`: TLS versions that the domain accepts: `TLS_1_2`, 1.2 and 1.3, or `TLS_1_0`, also 1.0 and 1.1, only for a REST API.
  EOT
  type = object({
    name                         = string
    certificate_arn              = optional(string)
    zone_id                      = optional(string)
    base_path                    = optional(string, "")
    disable_execute_api_endpoint = optional(bool, true)
    security_policy              = optional(string, "TLS_1_2")
  })
  default = null

  validation {
    condition     = var.domain == null || can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", var.domain.name))
    error_message = "domain.name must be a host name such as api.example.com."
  }

  validation {
    condition     = try(var.domain.certificate_arn, null) == null || can(regex("^arn:[a-z-]+:acm:[a-z0-9-]+:\\d{12}:certificate/", var.domain.certificate_arn))
    error_message = "domain.certificate_arn must be the ARN of an ACM certificate, or null to create one."
  }

  validation {
    condition     = try(var.domain.zone_id, null) == null || can(regex("^[A-Z0-9]{1,32}$", var.domain.zone_id))
    error_message = "domain.zone_id must be the id of a Route 53 hosted zone, such as Z0123456789ABCDEFGHIJ, or null."
  }

  validation {
    condition     = var.domain == null || try(var.domain.certificate_arn, null) != null || try(var.domain.zone_id, null) != null
    error_message = "domain must have a certificate_arn, or a zone_id in which a certificate can be validated."
  }

  validation {
    condition     = var.domain == null || can(regex("^[A-Za-z0-9_.-]*$", var.domain.base_path))
    error_message = "domain.base_path must be one segment of letters, digits, '_', '.' or '-', without slashes, or empty."
  }

  validation {
    condition     = var.domain == null || contains(["TLS_1_2", "TLS_1_0"], try(var.domain.security_policy, ""))
    error_message = "domain.security_policy must be TLS_1_2 or TLS_1_0. A policy such as SecurityPolicy_TLS13_1_3_2025_09 needs an argument that AWS provider 5 does not have: create such a domain yourself (docs/operations.md, TLS of the domain)."
  }
}

# Copied from the root by npx tsx scripts/share-declarations.ts --write.
variable "web_acl_arn" {
  description = "ARN of a regional WAF web ACL that protects the stage; null uses none."
  type        = string
  default     = null

  validation {
    condition     = var.web_acl_arn == null || can(regex("^arn:[a-z-]+:wafv2:[a-z0-9-]+:\\d{12}:regional/webacl/", var.web_acl_arn))
    error_message = "web_acl_arn must be the ARN of a regional WAFv2 web ACL, or null."
  }
}

# Copied from the root by npx tsx scripts/share-declarations.ts --write.
variable "denies" {
  description = <<-EOT
    Requests that are denied before the authorizer is called: Deny statements of the API's resource policy. The module adds the Allow statement for methods without an authorizer, and no other.
    `sid`: name of the statement.
    `resources`: METHOD/path with wildcards; "*" matches every request.
    `conditions`: conditions as in IAM: operator, key and values. Empty: the statement always applies.
  EOT
  type = list(object({
    sid        = string
    resources  = optional(list(string), ["*"])
    conditions = optional(map(map(list(string))), {})
  }))
  default  = []
  nullable = false

  validation {
    condition     = alltrue([for deny in var.denies : can(regex("^[A-Za-z0-9]+$", deny.sid)) && deny.sid != "MethodsWithoutAuthorizer"]) && length(distinct(var.denies[*].sid)) == length(var.denies)
    error_message = "denies: each sid must be a unique name of letters and digits other than MethodsWithoutAuthorizer."
  }

  validation {
    condition     = alltrue([for deny in var.denies : length(deny.resources) > 0 && alltrue([for resource in deny.resources : can(regex("^(\\*|[A-Z*]+/\\S*)$", resource))])])
    error_message = "denies: each entry must have at least one of resources, each METHOD/path, such as GET/documents/*, or \"*\"."
  }
}
