variable "name" {
  description = "Prefix of the names of usage plans and keys."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9-]{1,60}$", var.name))
    error_message = "name must be 1 to 60 letters, digits or '-'."
  }
}

variable "per" {
  description = "Who has an own key, and thereby the plan's limits: `plan`, all tenants of a plan together; `tenant`, each tenant of the policy files, while tenants that signed up share their plan's key."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["plan", "tenant"], var.per)
    error_message = "usage_plans.per must be plan or tenant."
  }
}

variable "plans" {
  description = <<-EOT
    The policy files' plans by name; a null `throttle` or `quota` sets no such limit.
    `throttle`: for each key, `rate` requests a second and `burst` requests at once.
    `quota`: for each key, `limit` requests in a `period` of DAY, WEEK or MONTH.
  EOT
  type = map(object({
    throttle = optional(object({ rate = number, burst = number }))
    quota    = optional(object({ limit = number, period = string }))
  }))
  nullable = false

  validation {
    condition     = length(var.plans) > 0
    error_message = "usage_plans must have at least one plan: add policies/plans.yaml, or remove usage_plans."
  }

  validation {
    condition     = alltrue([for plan in values(var.plans) : plan.quota == null || contains(["DAY", "WEEK", "MONTH"], try(plan.quota.period, ""))])
    error_message = "plans: each quota's period must be DAY, WEEK or MONTH."
  }
}

variable "partitions" {
  description = "Partition keys of the policy files' tenants in the permissions table, by the tenants' ids."
  type        = map(string)
  nullable    = false
}

variable "tenants" {
  description = "Plans of the policy files' tenants, by the tenants' ids."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(setsubtract(values(var.tenants), keys(var.plans))) == 0
    error_message = "tenants must each have one of the plans."
  }

  validation {
    condition     = var.per != "tenant" || length(var.tenants) + length(var.plans) < 10000
    error_message = "usage_plans.per = \"tenant\" needs a key for each tenant and each plan, but an account can have 10,000 keys in a region and there are ${length(var.tenants)} tenants. Set usage_plans.per = \"plan\"."
  }
}

variable "stage" {
  description = "The stage whose requests are counted: its API's id and its name."
  type        = object({ api_id = string, name = string })
  nullable    = false
}

variable "table" {
  description = "Name of the permissions table, which records the tenants that have an own key."
  type        = string
  nullable    = false
}
