variable "name" {
  description = "Name of the API, with which the ids of the permissions begin."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9-]{1,55}$", var.name))
    error_message = "name must be 1 to 55 letters, digits or '-'."
  }
}

variable "execution_arn" {
  description = "The API's `execution_arn`. Only this API may call the authorizer and the backends."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:execute-api:", var.execution_arn))
    error_message = "execution_arn must be the execution_arn of an API."
  }
}

variable "stage" {
  description = "Name of the API's stage, from which backends may be called; `$default` for an HTTP API."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^(\\$default|[A-Za-z0-9_-]{1,32})$", var.stage))
    error_message = "stage must be 1 to 32 letters, digits, '_' or '-', or $default."
  }
}

variable "authorizer_function" {
  description = "The authorizer's function: its name, the layout's alias, the URI that invokes the alias, and the previous layout's alias (`kept_aliases`), if there is one."
  type        = object({ name = string, alias = string, invoke_uri = string, kept_aliases = optional(list(string), []) })
  nullable    = false

  validation {
    condition     = startswith(var.authorizer_function.alias, "layout-")
    error_message = "authorizer_function.alias must be the alias of a layout: layout-<hash>."
  }
}

variable "access_path" {
  description = "Path of the route at which a caller reads what it may do; null: the API has none."
  type        = string
  default     = null

  validation {
    condition     = var.access_path == null || can(regex("^(/|(/[^/]+)+)$", var.access_path))
    error_message = "access_path must be a path such as /access, or null."
  }
}

variable "backend_kinds" {
  description = "Kinds of the backends that the API names: `lambda` or `http`."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for kind in values(var.backend_kinds) : contains(["lambda", "http"], kind)])
    error_message = "backend_kinds must each be lambda or http."
  }

  validation {
    condition     = length(setsubtract(keys(var.backends), keys(var.backend_kinds))) == 0
    error_message = "backends must have names from policies/api.yaml: ${join(", ", keys(var.backend_kinds))}."
  }

  validation {
    condition     = alltrue([for name, backend in var.backends : (backend.function_arn != null) == (lookup(var.backend_kinds, name, "lambda") == "lambda") && (backend.url != null) == (lookup(var.backend_kinds, name, "http") == "http")])
    error_message = "backends must have a function_arn if they are of kind lambda, and a url if they are of kind http. In policies/api.yaml, ${join(", ", [for name, kind in var.backend_kinds : "${name} is ${kind}"])}."
  }
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

  validation {
    condition     = var.sample_backend != null || length(setsubtract(keys(var.backend_kinds), keys(var.backends))) == 0
    error_message = "sample_backend must be set, because these backends have no value: ${join(", ", setsubtract(keys(var.backend_kinds), keys(var.backends)))}."
  }
}
