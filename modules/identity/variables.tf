variable "name" {
  description = "Name of the user pool and its client; that of the token trigger is this and `-token-claims`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9-]{1,51}$", var.name))
    error_message = "name must be 1 to 51 letters, digits or '-'."
  }
}

variable "package" {
  description = "The token trigger's zip: where it is, and the base64 of its SHA-256."
  type        = object({ path = string, sha256 = string })
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9+/]{43}=$", var.package.sha256))
    error_message = "package.sha256 must be the base64 of a SHA-256, as filebase64sha256 gives it."
  }
}

variable "runtime" {
  description = "Node.js runtime of Lambda."
  type        = string
  default     = "nodejs22.x"
  nullable    = false

  validation {
    condition     = can(regex("^nodejs(2[2-9]|[3-9][0-9])\\.x$", var.runtime))
    error_message = "runtime must be nodejs22.x or a later Node.js runtime, such as nodejs24.x."
  }
}

variable "table" {
  description = "The permissions table, which holds the memberships: name, ARN, and the ARN of its own KMS key or null."
  type        = object({ name = string, arn = string, kms_key_arn = optional(string) })
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:dynamodb:[a-z0-9-]+:\\d{12}:table/", var.table.arn))
    error_message = "table.arn must be the ARN of a DynamoDB table."
  }
}

variable "roles" {
  description = "The shared roles of the policy files: there is a group for each, unless `settings.groups` says otherwise."
  type        = list(string)
  nullable    = false

  validation {
    condition     = alltrue([for role in var.roles : role != ""])
    error_message = "roles must be names of roles."
  }
}

variable "settings" {
  description = <<-EOT
    The user pool.
    `issuer`: its name in `policies/issuers.yaml`, where its preset is `cognito`.
    `password_login`: `npx portcullis login` works, for the client takes user name and password as they are; for development alone.
    `self_sign_up`: whether people may sign up by themselves. They have no tenant until an administrator gives them one.
    `mfa`: `off`, `optional` or `required`; by an authenticator app.
    `password`: what a password must have.
    `access_token_minutes`, `id_token_minutes`, `refresh_token_days`: how long tokens live. A disabled user's access token works to its end.
    `groups`: the pool's groups; null: one for each shared role, by its name.
    `domain`: for the pool's own sign-in pages, `prefix` of their host, and where they may send the browser back to.
    `further_clients`: ids of other app clients of this pool whose tokens are accepted. Every client of the pool, accepted or not, must have write attributes without custom:tenant, or its users choose their tenant.
    `deletion_protection`: nobody can delete the pool before this is off.
    `tier`: `ESSENTIALS` or `PLUS`; null: as AWS gives, which is Essentials for new pools. Lite cannot change access tokens.
  EOT
  type = object({
    issuer         = optional(string, "cognito")
    password_login = optional(bool, false)
    self_sign_up   = optional(bool, false)
    mfa            = optional(string, "optional")
    password = optional(object({
      minimum_length = optional(number, 12)
      lowercase      = optional(bool, true)
      uppercase      = optional(bool, true)
      numbers        = optional(bool, true)
      symbols        = optional(bool, false)
    }), {})
    access_token_minutes = optional(number, 60)
    id_token_minutes     = optional(number, 60)
    refresh_token_days   = optional(number, 30)
    groups               = optional(list(string))
    domain = optional(object({
      prefix        = string
      callback_urls = list(string)
      logout_urls   = optional(list(string), [])
    }))
    further_clients     = optional(list(string), [])
    deletion_protection = optional(bool, true)
    tier                = optional(string)
  })
  nullable = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9._-]*$", var.settings.issuer))
    error_message = "identity.issuer must be the pool's name in policies/issuers.yaml: letters, digits, '.', '_' and '-'."
  }

  validation {
    condition     = contains(["off", "optional", "required"], var.settings.mfa)
    error_message = "identity.mfa must be off, optional or required."
  }

  validation {
    condition     = !(var.settings.password_login && var.settings.mfa == "required")
    error_message = "identity.password_login is for development pools, and a pool with mfa = \"required\" is none: npx portcullis login cannot give a second factor. Take one of them away."
  }

  validation {
    condition     = var.settings.password.minimum_length >= 8 && var.settings.password.minimum_length <= 99 && floor(var.settings.password.minimum_length) == var.settings.password.minimum_length
    error_message = "identity.password.minimum_length must be a whole number from 8 to 99."
  }

  validation {
    condition     = alltrue([for minutes in [var.settings.access_token_minutes, var.settings.id_token_minutes] : minutes >= 5 && minutes <= 1440 && floor(minutes) == minutes])
    error_message = "identity.access_token_minutes and identity.id_token_minutes must be whole numbers from 5 to 1440, which is a day."
  }

  validation {
    condition     = var.settings.refresh_token_days >= 1 && var.settings.refresh_token_days <= 3650 && floor(var.settings.refresh_token_days) == var.settings.refresh_token_days
    error_message = "identity.refresh_token_days must be a whole number from 1 to 3650."
  }

  validation {
    condition     = var.settings.groups == null ? true : alltrue([for group in var.settings.groups : can(regex("^\\S{1,128}$", group))]) && length(distinct(var.settings.groups)) == length(var.settings.groups)
    error_message = "identity.groups must be distinct names of 1 to 128 characters without spaces; null for a group of each shared role."
  }

  validation {
    condition     = var.settings.domain == null ? true : can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.settings.domain.prefix)) && !can(regex("aws|amazon|cognito", var.settings.domain.prefix))
    error_message = "identity.domain.prefix must be 1 to 63 lower-case letters, digits or '-', and hold none of AWS's words: aws, amazon, cognito."
  }

  validation {
    condition     = var.settings.domain == null ? true : length(var.settings.domain.callback_urls) > 0 && alltrue([for url in concat(var.settings.domain.callback_urls, var.settings.domain.logout_urls) : can(regex("^(https://[^#\\s*]+|http://localhost(:[0-9]+)?(/[^#\\s*]*)?)$", url))])
    error_message = "identity.domain needs at least one of callback_urls, and each URL must be https without fragment or wildcard; http only for localhost."
  }

  validation {
    condition     = alltrue([for client in var.settings.further_clients : can(regex("^[A-Za-z0-9_+]{1,128}$", client))])
    error_message = "identity.further_clients must be ids of app clients: letters, digits, '_' or '+'."
  }

  validation {
    condition     = var.settings.tier == null ? true : contains(["ESSENTIALS", "PLUS"], var.settings.tier)
    error_message = "identity.tier must be ESSENTIALS, PLUS or null: Lite has no trigger that can change access tokens."
  }
}

variable "observability" {
  description = <<-EOT
    What is kept of what happens.
    `retention_days`: how long logs are kept.
    `kms_key_arn`: your own key for the logs; null: CloudWatch's.
    `tracing`: AWS X-Ray.
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
