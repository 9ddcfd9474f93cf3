variable "name" {
  description = "Name of the role, and of the function."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9-]{1,64}$", var.name))
    error_message = "name must be 1 to 64 letters, digits or '-'."
  }
}

variable "function" {
  description = "Key of the function in `iam.roles`."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["authorizer", "history-export", "metadata", "sample-backend", "token-claims"], var.function)
    error_message = "function must be authorizer, history-export, metadata, sample-backend or token-claims."
  }
}

variable "description" {
  description = "What the role is for."
  type        = string
  nullable    = false
}

variable "policy_name" {
  description = "Name of the role's policy."
  type        = string
  nullable    = false
}

variable "statements" {
  description = "Statements of the role's policy."
  type        = any
  nullable    = false
}

variable "in_vpc" {
  description = "Whether the function runs in a VPC, where Lambda needs network interfaces."
  type        = bool
  default     = false
  nullable    = false
}

# Copied from the root by npx tsx scripts/share-declarations.ts --write.
variable "iam" {
  description = <<-EOT
    Roles of the functions.
    `permissions_boundary`: ARN of the policy that limits each created role; null sets none.
    `path`: path of each created role. Another path creates the roles again.
    `roles`: ARNs of existing roles by function: `authorizer`, `history-export`, `metadata`, `sample-backend` or `token-claims`. For these no role and no policy is created; docs/operations.md lists the statements that each needs, and so does the output `role_policies`.
  EOT
  type = object({
    permissions_boundary = optional(string)
    path                 = optional(string, "/")
    roles                = optional(map(string), {})
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.iam.permissions_boundary == null || can(regex("^arn:[a-z-]+:iam::(\\d{12}|aws):policy/", var.iam.permissions_boundary))
    error_message = "iam.permissions_boundary must be the ARN of an IAM policy (arn:aws:iam::<account>:policy/<name>), or null."
  }

  validation {
    condition     = can(regex("^/([!-.0-~]+/)*$", var.iam.path)) && length(var.iam.path) <= 512
    error_message = "iam.path must begin and end with a slash, such as / or /teams/quill/, and have at most 512 characters without spaces."
  }

  validation {
    condition     = length(setsubtract(keys(var.iam.roles), ["authorizer", "history-export", "metadata", "sample-backend", "token-claims"])) == 0
    error_message = "iam.roles must have only the keys authorizer, history-export, metadata, sample-backend and token-claims: functions that get a role of their own."
  }

  validation {
    condition     = alltrue([for arn in values(var.iam.roles) : can(regex("^arn:[a-z-]+:iam::\\d{12}:role/", arn))])
    error_message = "iam.roles must have the ARN of an IAM role for each function (arn:aws:iam::<account>:role/<name>)."
  }
}
