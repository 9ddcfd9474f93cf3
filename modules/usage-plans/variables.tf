variable "name" {
  description = "Names of usage plans and keys begin with this."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9-]{1,60}$", var.name))
    error_message = "name must be 1 to 60 letters, digits or '-'."
  }
}

variable "per" {
  description = "Who has a key of its own, and so the plan's limits for itself: `plan`, all tenants of a plan together; `tenant`, each tenant of the policy files, while those of sign-ups share their plan's."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["plan", "tenant"], var.per)
    error_message = "usage_plans.per must be plan or tenant."
  }
}

variable "plans" {
  description = <<-EOT
    The plans by name, as the policy files have them; null: no such limit.
    `throttle`: `rate` requests a second, and `burst` at once, for each key.
    `quota`: `limit` requests in a `period`, for each key.
  EOT
  type = map(object({
    throttle = optional(object({ rate = number, burst = number }))
    quota    = optional(object({ limit = number, period = string }))
  }))
  nullable = false

  validation {
    condition     = length(var.plans) > 0
    error_message = "usage_plans needs plans: add policies/plans.yaml, or leave usage_plans out."
  }

  validation {
    condition     = alltrue([for plan in values(var.plans) : plan.quota == null || contains(["DAY", "WEEK", "MONTH"], try(plan.quota.period, ""))])
    error_message = "plans: a quota's period must be DAY, WEEK or MONTH."
  }
}

variable "tenants" {
  description = "The tenants of the policy files: each one's plan by its id."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(setsubtract(values(var.tenants), keys(var.plans))) == 0
    error_message = "tenants must each name one of the plans."
  }

  validation {
    condition     = var.per != "tenant" || length(var.tenants) + length(var.plans) < 10000
    error_message = "usage_plans.per = \"tenant\" needs a key for each tenant and each plan, and an account has 10,000 in a region: there are ${length(var.tenants)} tenants. Set per = \"plan\"."
  }
}

variable "stage" {
  description = "The stage whose requests are counted: its API's id and its name."
  type        = object({ api_id = string, name = string })
  nullable    = false
}

variable "table" {
  description = "The permissions table's name: it learns which tenants have a key."
  type        = string
  nullable    = false
}
