variable "name" {
  description = "Name of the API."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9-]{1,55}$", var.name))
    error_message = "name must be 1 to 55 letters, digits or '-'."
  }
}

variable "definition" {
  description = "The API as the build writes it for an HTTP API: an OpenAPI 3.0 document in JSON, a template whose placeholders stand inside strings."
  type        = string
  nullable    = false

  validation {
    condition     = can(jsondecode(var.definition).paths)
    error_message = "definition must be an OpenAPI document in JSON, with paths."
  }
}

variable "stage_variables" {
  description = "What names the layout: the first identity source of the authorizer."
  type        = map(string)
  nullable    = false

  validation {
    condition     = join(",", keys(var.stage_variables)) == "portcullis_all" && alltrue([for value in values(var.stage_variables) : can(regex("^[A-Za-z0-9._-]+$", value))])
    error_message = "stage_variables must be portcullis_all = all-<layout>: without it the authorizer answers 401."
  }
}

variable "authorizer" {
  description = "The function that decides: its name, the alias of the layout, and the URI that invokes that alias."
  type        = object({ name = string, alias = string, invoke_uri = string })
  nullable    = false

  validation {
    condition     = startswith(var.authorizer.alias, "layout-")
    error_message = "authorizer.alias must be the alias of a layout: layout-<hash>."
  }
}

variable "authorizer_ttl_seconds" {
  description = "How long API Gateway remembers the authorizer's answers; 0: not at all."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.authorizer_ttl_seconds >= 0 && var.authorizer_ttl_seconds <= 3600 && floor(var.authorizer_ttl_seconds) == var.authorizer_ttl_seconds
    error_message = "authorizer_ttl_seconds must be a whole number from 0 to 3600."
  }
}

variable "issuers" {
  description = <<-EOT
    The trusted issuers, for routes that are left to API Gateway's own JWT authorizer.
    `url`: what `iss` must equal; the keys are found by discovery below it.
    `jwks_uri`: not for an issuer of such a route.
    `audiences`: at least one that its tokens must be for.
    `algorithms`: RSA only for an issuer of such a route.
  EOT
  type = map(object({
    url        = string
    jwks_uri   = optional(string)
    audiences  = list(string)
    algorithms = optional(list(string), ["RS256"])
  }))
  nullable = false

  validation {
    condition     = alltrue([for name, issuer in var.issuers : issuer.jwks_uri == null && alltrue([for algorithm in issuer.algorithms : can(regex("^(RS|PS)", algorithm))]) if strcontains(var.definition, "$${issuer_${replace(lower(name), "/[^a-z0-9]/", "_")}_url}")])
    error_message = "issuers: a route with jwt is left to API Gateway, which finds the issuer's keys by discovery alone and accepts RSA alone: give its issuer no jwks_uri and RSA algorithms only, or have Portcullis guard the route."
  }
}

variable "backend_kinds" {
  description = "The backends that the API names, and their kinds: `lambda` or `http`."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for kind in values(var.backend_kinds) : contains(["lambda", "http"], kind)])
    error_message = "backend_kinds must be lambda or http."
  }
}

variable "backends" {
  description = <<-EOT
    Where the API's backends are, by their names in the policy files; the sample backend answers for those without a value.
    `function_arn`, for a backend of kind lambda: its ARN, better with an alias.
    `url`, for a backend of kind http: what the route's path is appended to.
    `vpc_link_id`: REST APIs only.
  EOT
  type = map(object({
    function_arn = optional(string)
    url          = optional(string)
    vpc_link_id  = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = length(setsubtract(keys(var.backends), keys(var.backend_kinds))) == 0
    error_message = "backends must be named as in policies/api.yaml: ${join(", ", keys(var.backend_kinds))}."
  }

  validation {
    condition     = alltrue([for name, backend in var.backends : (backend.function_arn != null) == (lookup(var.backend_kinds, name, "lambda") == "lambda") && (backend.url != null) == (lookup(var.backend_kinds, name, "http") == "http")])
    error_message = "backends need a function_arn where policies/api.yaml says lambda, and a url where it says http: ${join(", ", [for name, kind in var.backend_kinds : "${name} is ${kind}"])}."
  }

  validation {
    condition     = alltrue([for backend in values(var.backends) : backend.function_arn == null || can(regex("^arn:[a-z-]+:lambda:[a-z0-9-]+:\\d{12}:function:[A-Za-z0-9_-]+(:[A-Za-z0-9_-]+)?$", backend.function_arn))])
    error_message = "backends: function_arn must be the ARN of a Lambda function or of an alias of it."
  }

  validation {
    condition     = alltrue([for backend in values(var.backends) : backend.url == null || can(regex("^https://[^/?#{}\\s]+(/[^/?#{}\\s]+)*$", backend.url))])
    error_message = "backends: url must be an https URL without a slash at its end, query or placeholders."
  }

  validation {
    condition     = alltrue([for backend in values(var.backends) : backend.vpc_link_id == null])
    error_message = "backends: an HTTP API cannot have vpc_link_id here, for its VPC links name a listener in place of a URL: use api_type = \"rest\", or a url that it reaches."
  }
}

variable "sample_backend" {
  description = "The function that answers for backends without a value: its name and the URI that invokes it; null where every backend has one."
  type        = object({ name = string, invoke_uri = string })
  default     = null

  validation {
    condition     = var.sample_backend != null || length(setsubtract(keys(var.backend_kinds), keys(var.backends))) == 0
    error_message = "sample_backend is needed, for these backends have no value: ${join(", ", setsubtract(keys(var.backend_kinds), keys(var.backends)))}."
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

  validation {
    condition     = length(var.cors.allowed_origins) > 0 && alltrue([for origin in var.cors.allowed_origins : can(regex("^(\\*|https?://[A-Za-z0-9.-]+(:[0-9]+)?)$", origin))])
    error_message = "cors.allowed_origins must be \"*\" or origins such as https://app.example.com, without a path; at least one."
  }

  validation {
    condition     = alltrue([for header in var.cors.allowed_headers : can(regex("^[A-Za-z0-9-]+$", header))])
    error_message = "cors.allowed_headers must be names of headers: letters, digits and '-'."
  }

  validation {
    condition     = var.cors.max_age_seconds >= 0 && var.cors.max_age_seconds <= 86400 && floor(var.cors.max_age_seconds) == var.cors.max_age_seconds
    error_message = "cors.max_age_seconds must be a whole number from 0 to 86400."
  }
}

variable "throttle" {
  description = "Requests that the stage takes of all callers together: `rate` a second, `burst` at once. More are answered with 429."
  type = object({
    rate  = optional(number, 1000)
    burst = optional(number, 500)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.throttle.rate > 0 && var.throttle.burst >= 1 && floor(var.throttle.burst) == var.throttle.burst
    error_message = "throttle.rate must be above 0, and throttle.burst a whole number from 1."
  }
}

variable "observability" {
  description = <<-EOT
    What is kept of what happens.
    `retention_days`: how long logs are kept.
    `kms_key_arn`: your own key for the logs; null: CloudWatch's.
    `tracing`: of the functions; API Gateway traces no HTTP API.
    `metrics` and `log_level`: of the authorizer.
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
    condition     = var.observability.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:\\d{12}:key/", var.observability.kms_key_arn))
    error_message = "observability.kms_key_arn must be the ARN of a KMS key (arn:aws:kms:<region>:<account>:key/<id>), or null."
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

  validation {
    condition     = var.domain == null || can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", var.domain.name))
    error_message = "domain.name must be a host name such as api.example.com."
  }

  validation {
    condition     = var.domain == null || can(regex("^arn:[a-z-]+:acm:[a-z0-9-]+:\\d{12}:certificate/", var.domain.certificate_arn))
    error_message = "domain.certificate_arn must be the ARN of an ACM certificate."
  }

  validation {
    condition     = var.domain == null || can(regex("^[A-Za-z0-9_.-]*$", var.domain.base_path))
    error_message = "domain.base_path must be one segment of letters, digits, '_', '.' or '-', without slashes; or empty."
  }
}
