variable "name" {
  description = "Name of the user pool and its client, and prefix of the token trigger's name, which ends in `-token-claims`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9-]{1,51}$", var.name))
    error_message = "name must be 1 to 51 letters, digits or '-'."
  }
}

variable "package" {
  description = "The token trigger's zip: its path, and its SHA-256 in base64."
  type        = object({ path = string, sha256 = string })
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9+/]{43}=$", var.package.sha256))
    error_message = "package.sha256 must be a SHA-256 in base64, as filebase64sha256 returns it."
  }
}

variable "runtime" {
  description = "Lambda runtime, nodejs22.x or later."
  type        = string
  default     = "nodejs22.x"
  nullable    = false

  validation {
    condition     = can(regex("^nodejs(2[2-9]|[3-9][0-9])\\.x$", var.runtime))
    error_message = "runtime must be nodejs22.x or a later Node.js runtime, such as nodejs24.x."
  }
}

variable "environment_kms_key_arn" {
  description = "ARN of your own KMS key for the token trigger's environment variables; null uses Lambda's key."
  type        = string
  default     = null

  validation {
    condition     = var.environment_kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:\\d{12}:key/", var.environment_kms_key_arn))
    error_message = "environment_kms_key_arn must be the ARN of a KMS key (arn:aws:kms:<region>:<account>:key/<id>), or null."
  }
}

variable "table" {
  description = "The permissions table, which has the memberships: its name, its ARN, and the ARN of your own KMS key for it, or null."
  type        = object({ name = string, arn = string, kms_key_arn = optional(string) })
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:dynamodb:[a-z0-9-]+:\\d{12}:table/", var.table.arn))
    error_message = "table.arn must be the ARN of a DynamoDB table."
  }
}

variable "roles" {
  description = "Shared roles of the policy files. Each gets a group, unless `identity.groups` is set."
  type        = list(string)
  nullable    = false

  validation {
    condition     = alltrue([for role in var.roles : role != ""])
    error_message = "roles must be names of roles, and no name may be empty."
  }
}

# Copied from the root by npx tsx scripts/share-declarations.ts --write.
variable "identity" {
  description = <<-EOT
    Cognito user pool that becomes one of the trusted issuers; null creates none.
    `issuer`: name of the pool in `policies/issuers.yaml`, where its preset must be `cognito`.
    `password_login`: whether the app client accepts a plain user name and password, which `npx portcullis login` needs. For development only.
    `self_sign_up`: whether users can sign up by themselves. They have no tenant until an administrator assigns one.
    `mfa`: second factor by an authenticator app: `off`, `optional` or `required`.
    `password`: rules for passwords.
    `access_token_minutes`, `id_token_minutes`, `refresh_token_days`: lifetimes of the tokens. A disabled user's access token works until it expires.
    `groups`: names of the pool's groups; null creates one for each shared role, with the role's name.
    `domain`: the pool's own sign-in pages: `prefix` of their host name, and the URLs to which they may redirect after sign-in (`callback_urls`) and sign-out (`logout_urls`). Null creates no pages.
    `machines`: programs that get tokens by client credentials, by the name of their app client; needs `domain`. `scopes`: what their tokens may ask for, each the name of a resource server, `/`, and the scope; the pool gets these resource servers.
    `further_clients`: ids of other app clients of this pool whose tokens are accepted. Every client of the pool, accepted or not, must set write attributes without custom:tenant. Otherwise its users can choose their tenant.
    `deletion_protection`: whether the pool is protected from deletion.
    `tier`: `ESSENTIALS` or `PLUS`; null uses AWS's default, which is Essentials for new pools. Lite cannot change access tokens.
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
    machines            = optional(map(object({ scopes = list(string) })), {})
    further_clients     = optional(list(string), [])
    deletion_protection = optional(bool, true)
    tier                = optional(string)
  })
  default = null

  validation {
    condition     = var.identity == null ? true : can(regex("^[A-Za-z0-9][A-Za-z0-9._-]*$", var.identity.issuer))
    error_message = "identity.issuer must be the pool's name in policies/issuers.yaml: letters, digits, '.', '_' and '-'."
  }

  validation {
    condition     = var.identity == null ? true : contains(["off", "optional", "required"], var.identity.mfa)
    error_message = "identity.mfa must be off, optional or required."
  }

  validation {
    condition     = var.identity == null ? true : !(var.identity.password_login && var.identity.mfa == "required")
    error_message = "identity.password_login must be false with mfa = \"required\", because npx portcullis login cannot provide a second factor. Change one of them."
  }

  validation {
    condition     = var.identity == null ? true : var.identity.password.minimum_length >= 8 && var.identity.password.minimum_length <= 99 && floor(var.identity.password.minimum_length) == var.identity.password.minimum_length
    error_message = "identity.password.minimum_length must be a whole number from 8 to 99."
  }

  validation {
    condition     = var.identity == null ? true : alltrue([for minutes in [var.identity.access_token_minutes, var.identity.id_token_minutes] : minutes >= 5 && minutes <= 1440 && floor(minutes) == minutes])
    error_message = "identity.access_token_minutes and identity.id_token_minutes must be whole numbers from 5 to 1440 (a day)."
  }

  validation {
    condition     = var.identity == null ? true : var.identity.refresh_token_days >= 1 && var.identity.refresh_token_days <= 3650 && floor(var.identity.refresh_token_days) == var.identity.refresh_token_days
    error_message = "identity.refresh_token_days must be a whole number from 1 to 3650."
  }

  validation {
    condition     = var.identity == null ? true : var.identity.groups == null ? true : alltrue([for group in var.identity.groups : can(regex("^\\S{1,128}$", group))]) && length(distinct(var.identity.groups)) == length(var.identity.groups)
    error_message = "identity.groups must be unique names of 1 to 128 characters without spaces, or null for one group for each shared role."
  }

  validation {
    condition     = var.identity == null ? true : var.identity.domain == null ? true : can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.identity.domain.prefix)) && !can(regex("aws|amazon|cognito", var.identity.domain.prefix))
    error_message = "identity.domain.prefix must be 1 to 63 lower-case letters, digits or '-', without '-' at an end, and must not contain aws, amazon or cognito."
  }

  validation {
    condition     = var.identity == null ? true : var.identity.domain == null ? true : length(var.identity.domain.callback_urls) > 0 && alltrue([for url in concat(var.identity.domain.callback_urls, var.identity.domain.logout_urls) : can(regex("^(https://[^#\\s*]+|http://localhost(:[0-9]+)?(/[^#\\s*]*)?)$", url))])
    error_message = "identity.domain must have at least one of callback_urls, and each URL must be https (or http for localhost), without a fragment or wildcard."
  }

  validation {
    condition     = var.identity == null ? true : alltrue([for name, machine in var.identity.machines : can(regex("^[A-Za-z0-9-]{1,64}$", name)) && length(machine.scopes) > 0 && alltrue([for scope in machine.scopes : can(regex("^[A-Za-z0-9:._-]+(/[A-Za-z0-9:._-]+)+$", scope))])])
    error_message = "identity.machines must each have a name of 1 to 64 letters, digits or '-', and at least one scope with the name of a resource server, such as notes/read."
  }

  validation {
    condition     = var.identity == null ? true : length(var.identity.machines) == 0 || var.identity.domain != null
    error_message = "identity.machines needs identity.domain, because programs get their tokens at the pool's own host."
  }

  validation {
    condition     = var.identity == null ? true : alltrue([for client in var.identity.further_clients : can(regex("^[A-Za-z0-9_+]{1,128}$", client))])
    error_message = "identity.further_clients must be ids of app clients: letters, digits, '_' or '+'."
  }

  validation {
    condition     = var.identity == null ? true : var.identity.tier == null ? true : contains(["ESSENTIALS", "PLUS"], var.identity.tier)
    error_message = "identity.tier must be ESSENTIALS, PLUS or null, because Lite has no trigger that can change access tokens."
  }
}

# Copied from the root by npx tsx scripts/share-declarations.ts --write.
variable "observability" {
  description = <<-EOT
    Logs, traces and metrics.
    `retention_days`: retention of the logs, in days.
    `kms_key_arn`: ARN of your own KMS key for the logs; null uses CloudWatch's key.
    `tracing`: whether AWS X-Ray traces requests.
    `metrics`: metrics that the authorizer writes in addition to those of faults: `off`, none; `on`, decisions; `tenant`, also decisions by tenant. CloudWatch charges for each metric.
    `log_level`: `info`, one line for each decision; `debug`, one more line with the returned policy.
    `method_metrics`: whether API Gateway writes its metrics for each method too, not only for the stage. CloudWatch charges for about five metrics a method and stage, at about $0.30 each and month: 100 methods cost about $150 a month.
  EOT
  type = object({
    retention_days = optional(number, 30)
    kms_key_arn    = optional(string)
    tracing        = optional(bool, true)
    metrics        = optional(string, "off")
    log_level      = optional(string, "info")
    method_metrics = optional(bool, false)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.observability.retention_days)
    error_message = "observability.retention_days must be 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }

  validation {
    condition     = contains(["off", "on", "tenant"], var.observability.metrics)
    error_message = "observability.metrics must be off, on or tenant."
  }

  validation {
    condition     = contains(["info", "debug"], var.observability.log_level)
    error_message = "observability.log_level must be info or debug."
  }

  validation {
    condition     = var.observability.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:\\d{12}:key/", var.observability.kms_key_arn))
    error_message = "observability.kms_key_arn must be the ARN of a KMS key (arn:aws:kms:<region>:<account>:key/<id>), or null."
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

# Copied from the root by npx tsx scripts/share-declarations.ts --write.
variable "vpc" {
  description = <<-EOT
    Subnets in which the functions run; null runs them outside your VPCs.
    `subnet_ids`, `security_group_ids`: ids of the subnets, and of the security groups, which must let out HTTPS.
    `dynamodb_endpoint`: whether the subnets' route tables have a gateway endpoint of DynamoDB.
    `s3_endpoint`: whether they have a gateway endpoint of S3, which only `history_export` needs.
    `nat`: whether the subnets have a route to the internet by a NAT gateway, by which the functions reach public issuers, and DynamoDB and S3 without an endpoint.
  EOT
  type = object({
    subnet_ids         = list(string)
    security_group_ids = list(string)
    dynamodb_endpoint  = optional(bool, false)
    s3_endpoint        = optional(bool, false)
    nat                = optional(bool, false)
  })
  default = null

  validation {
    condition     = var.vpc == null ? true : length(var.vpc.subnet_ids) > 0 && alltrue([for id in var.vpc.subnet_ids : can(regex("^subnet-[0-9a-f]+$", id))])
    error_message = "vpc.subnet_ids must have at least one id of a subnet, such as subnet-0a1b2c3d4e5f60718."
  }

  validation {
    condition     = var.vpc == null ? true : length(var.vpc.security_group_ids) > 0 && alltrue([for id in var.vpc.security_group_ids : can(regex("^sg-[0-9a-f]+$", id))])
    error_message = "vpc.security_group_ids must have at least one id of a security group, such as sg-0a1b2c3d4e5f60718."
  }

  validation {
    condition     = var.vpc == null ? true : var.vpc.dynamodb_endpoint || var.vpc.nat
    error_message = "vpc must say how the functions reach the permissions table, because without it every request gets a 500: set dynamodb_endpoint = true if the subnets' route tables have a gateway endpoint of DynamoDB, or nat = true if they have a route to a NAT gateway."
  }
}
