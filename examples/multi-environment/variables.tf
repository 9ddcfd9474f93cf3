# Null uses the module's default. The module validates the values.
variable "environment" {
  description = "Name of the environment."
  type        = string

  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "environment must be dev, staging or prod."
  }
}

variable "issuers" {
  description = "Trusted issuers, by their names in policies/issuers.yaml."
  type        = any
}

variable "backends" {
  description = "Backends, by their names in policies/api.yaml. The sample backend replaces missing ones, except in production."
  type        = any
  default     = {}

  validation {
    condition     = var.environment != "prod" || contains(keys(var.backends), "orders")
    error_message = "backends must have orders in prod, because the sample backend is only for the other environments. Add orders with its url."
  }
}

variable "caching" {
  description = "Caching of the authorizer's responses; null uses the module's default."
  type        = any
  default     = null
}

variable "permissions" {
  description = "Settings of the permissions table; null uses the module's default."
  type        = any
  default     = null
}

variable "authorizer" {
  description = "Settings of the authorizer's function; null uses the module's default."
  type        = any
  default     = null
}

variable "cors" {
  description = "CORS headers for browsers; null uses the module's default."
  type        = any
  default     = null
}

variable "throttle" {
  description = "Limit on the requests of all callers together; null uses the module's default."
  type        = any
  default     = null
}

variable "denies" {
  description = "Requests that are denied before the authorizer is called; null denies none."
  type        = any
  default     = null
}

variable "observability" {
  description = "Logs, traces and metrics; null uses the module's default."
  type        = any
  default     = null
}
