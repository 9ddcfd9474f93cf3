# Null: the module's own default. The module checks the values.
variable "environment" {
  description = "Which environment this is."
  type        = string

  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "environment must be dev, staging or prod."
  }
}

variable "issuers" {
  description = "The trusted issuers, by their names in policies/issuers.yaml."
  type        = any
}

variable "backends" {
  description = "Where the backends are. Production has no sample backend: it must name each."
  type        = any
  default     = {}

  validation {
    condition     = var.environment != "prod" || contains(keys(var.backends), "orders")
    error_message = "backends must have orders in prod: the sample backend is for the others."
  }
}

variable "caching" {
  description = "How the authorizer's answers are cached."
  type        = any
  default     = null
}

variable "permissions" {
  description = "Settings of the permissions table."
  type        = any
  default     = null
}

variable "authorizer" {
  description = "Settings of the authorizer's function."
  type        = any
  default     = null
}

variable "cors" {
  description = "What browsers are told."
  type        = any
  default     = null
}

variable "throttle" {
  description = "Requests that the stage takes."
  type        = any
  default     = null
}

variable "denies" {
  description = "Requests that are refused before anybody is asked who is calling."
  type        = any
  default     = null
}

variable "observability" {
  description = "What is kept of what happens."
  type        = any
  default     = null
}

variable "manage_account_logging" {
  description = "Whether this environment keeps the account's role for API Gateway's logs: one an account and region."
  type        = bool
}
