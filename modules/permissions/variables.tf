variable "name" {
  description = "Name of the table is this and `-permissions`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]{3,200}$", var.name))
    error_message = "name must be 3 to 200 letters, digits, '_', '.' or '-'."
  }
}

variable "items" {
  description = "Items that the policy files make: DynamoDB's typed JSON by `pk/sk`, as the build writes them. Catalogue and tenants; whatever else is in the table is left alone."
  type        = map(string)
  nullable    = false

  validation {
    condition = alltrue([
      for key, item in var.items : try(key == "${jsondecode(item).pk.S}/${jsondecode(item).sk.S}", false)
    ])
    error_message = "items must be DynamoDB's typed JSON, each below the key pk/sk that stands in it."
  }

  validation {
    condition     = alltrue([for key in keys(var.items) : can(regex("^(CATALOGUE/(ROLE|PLAN|ISSUER)#|TENANT#.*/TENANT$)", key))])
    error_message = "items must be roles, plans and issuers of the CATALOGUE, and tenants (TENANT#<id>/TENANT)."
  }
}

variable "table" {
  description = <<-EOT
    Settings of the table.
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

  validation {
    condition     = var.table.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:\\d{12}:key/", var.table.kms_key_arn))
    error_message = "table.kms_key_arn must be the ARN of a KMS key (arn:aws:kms:<region>:<account>:key/<id>), or null."
  }

  validation {
    condition     = alltrue([for region in keys(var.table.replicas) : can(regex("^[a-z]{2}(-[a-z]+)+-\\d$", region))])
    error_message = "table.replicas must be named after regions, such as eu-west-1."
  }

  validation {
    condition     = alltrue([for replica in values(var.table.replicas) : (replica.kms_key_arn == null) == (var.table.kms_key_arn == null)])
    error_message = "table.replicas need a kms_key_arn each where table.kms_key_arn is set, and none where it is not."
  }
}
