variable "name" {
  description = "Prefix of the table's name, which ends in `-permissions`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]{3,200}$", var.name))
    error_message = "name must be 3 to 200 letters, digits, '_', '.' or '-'."
  }
}

variable "items" {
  description = "Items that the build makes from the policy files: the catalogue, the issuers with a URL, the directories and the tenants, in DynamoDB's typed JSON by `pk/sk`. Terraform does not touch other items of the table."
  type        = map(string)
  nullable    = false

  validation {
    condition = alltrue([
      for key, item in var.items : try(key == "${jsondecode(item).pk.S}/${jsondecode(item).sk.S}", false)
    ])
    error_message = "items must be in DynamoDB's typed JSON, each with the key pk/sk of its own attributes."
  }

  validation {
    condition     = alltrue([for key in keys(var.items) : can(regex("^(CATALOGUE/(ROLE|PLAN|ISSUER)#|ROUTES/[0-9]{4}$|ISSUER#[0-9a-f]{64}/ISSUER$|ISSUER#[A-Za-z0-9._-]+/NAME$|DIRECTORY#[A-Za-z0-9._-]+#[A-Za-z0-9._-]+/DIRECTORY$|TENANT#.*/TENANT$)", key))])
    error_message = "items must be roles, plans and issuers of the CATALOGUE, routes (ROUTES/<number>), issuers with a URL (ISSUER#<hash>/ISSUER and ISSUER#<name>/NAME), directories (DIRECTORY#<issuer>#<directory>/DIRECTORY), and tenants (TENANT#<id>/TENANT)."
  }
}

variable "stream" {
  description = "Whether the table has a stream, which an export of the history reads."
  type        = bool
  default     = false
  nullable    = false
}

# Copied from the root by npx tsx scripts/share-declarations.ts --write.
variable "permissions" {
  description = <<-EOT
    Settings of the permissions table.
    `deletion_protection`: whether the table is protected from deletion.
    `point_in_time_recovery`: whether the table can be restored to any second of the last 35 days.
    `kms_key_arn`: ARN of your own KMS key; null uses a key that DynamoDB owns.
    `replicas`: replicas of the table by region, each with the ARN of the region's own KMS key, or null as above.
    `keeper`: who writes the items that the policy files own: `terraform`, up to 500 tenants, or `publish`, whose items are not in Terraform's state. `npx portcullis handover` changes the keeper of a table that exists.
  EOT
  type = object({
    deletion_protection    = optional(bool, true)
    point_in_time_recovery = optional(bool, true)
    kms_key_arn            = optional(string)
    replicas               = optional(map(object({ kms_key_arn = optional(string) })), {})
    keeper                 = optional(string, "terraform")
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["terraform", "publish"], var.permissions.keeper)
    error_message = "permissions.keeper must be terraform or publish."
  }

  validation {
    condition     = var.permissions.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:\\d{12}:key/", var.permissions.kms_key_arn))
    error_message = "permissions.kms_key_arn must be the ARN of a KMS key (arn:aws:kms:<region>:<account>:key/<id>), or null."
  }

  validation {
    condition     = alltrue([for region in keys(var.permissions.replicas) : can(regex("^[a-z]{2}(-[a-z]+)+-\\d$", region))])
    error_message = "permissions.replicas must have regions as keys, such as eu-west-1."
  }

  validation {
    condition     = alltrue([for replica in values(var.permissions.replicas) : (replica.kms_key_arn == null) == (var.permissions.kms_key_arn == null)])
    error_message = "permissions.replicas must each have a kms_key_arn if permissions.kms_key_arn is set, and none otherwise."
  }
}
