variable "role_name" {
  description = "Name of the role. IAM's names are for all regions, so a second region needs another one."
  type        = string
  default     = "api-gateway-logs"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9+=,.@_-]{1,64}$", var.role_name))
    error_message = "role_name must be 1 to 64 letters, digits or characters of +=,.@_-."
  }
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
