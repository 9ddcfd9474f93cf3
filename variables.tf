variable "environment" {
  description = "Name of the environment. It selects the tenants and is part of every resource name. The root module's REST API has a stage of this name."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{0,19}$", var.environment))
    error_message = "environment must be 1 to 20 lower-case letters, digits or '-', not beginning with '-', such as dev."
  }
}

variable "name" {
  description = "Name of the deployment. With the environment it begins every resource name, so that several deployments fit into one account and region."
  type        = string
  default     = "portcullis"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,27}$", var.name))
    error_message = "name must be 2 to 28 lower-case letters, digits or '-', beginning with a letter, such as portcullis."
  }
}

variable "policies_directory" {
  description = "Folder of the policy files, relative to the folder that Terraform runs in. The build must be made from these files."
  type        = string
  default     = "policies"
  nullable    = false

  validation {
    condition     = can(regex("^[^/]", var.policies_directory))
    error_message = "policies_directory must be a path relative to this folder, such as policies or examples/saas/policies."
  }
}

variable "build_directory" {
  description = "Folder that the build wrote, relative to the folder that Terraform runs in."
  type        = string
  default     = "build"
  nullable    = false

  validation {
    condition     = can(regex("^[^/]", var.build_directory))
    error_message = "build_directory must be a path relative to this folder, such as build."
  }
}

variable "api_type" {
  description = "Type of the API: `rest`, or `http` for an HTTP API, which has no firewall, resource policy or gateway responses. The build must be of the same type."
  type        = string
  default     = "rest"
  nullable    = false

  validation {
    condition     = contains(["rest", "http"], var.api_type)
    error_message = "api_type must be rest or http."
  }

  # The variables of these rules are copied into modules that have no api_type.
  validation {
    condition     = var.api_type == "rest" || var.authorizer.timeout_seconds <= 10
    error_message = "authorizer.timeout_seconds must be at most 10 for an HTTP API, which waits no longer for its authorizer."
  }

  validation {
    condition     = var.api_type == "rest" || !var.request_validation.bodies
    error_message = "request_validation.bodies must be false for an HTTP API, which cannot validate bodies: validate them in the backend, or use api_type = \"rest\"."
  }

  validation {
    condition     = var.api_type == "rest" || length(var.denies) == 0
    error_message = "denies must be empty for an HTTP API, which has no resource policy: use api_type = \"rest\", or a firewall in front of the API."
  }

  validation {
    condition     = var.api_type == "rest" || try(var.monitoring.slo, null) == null
    error_message = "monitoring.slo must be null for an HTTP API, whose access log does not have the failures of the authorizer: remove it, or use api_type = \"rest\"."
  }

  validation {
    condition     = var.api_type == "rest" || var.web_acl_arn == null
    error_message = "web_acl_arn must be null for an HTTP API, which cannot have a web ACL: use api_type = \"rest\", or CloudFront with the firewall in front of the API."
  }

  validation {
    condition     = var.api_type == "rest" || try(var.domain.security_policy, "TLS_1_2") == "TLS_1_2"
    error_message = "domain.security_policy must be TLS_1_2 for an HTTP API, whose domains accept no other: set it to TLS_1_2, or use api_type = \"rest\"."
  }

  validation {
    condition     = var.api_type == "rest" || alltrue([for backend in values(var.backends) : coalesce(backend.timeout_seconds, 30) <= 30])
    error_message = "backends: each timeout_seconds must be at most 30 for an HTTP API, which waits no longer: answer long requests asynchronously, or use api_type = \"rest\"."
  }
}

variable "authorizer_type" {
  description = "Type of a REST API's authorizers: `request`, or `token`, which receives only the Authorization header. The build must be of the same type."
  type        = string
  default     = "request"
  nullable    = false

  validation {
    condition     = contains(["request", "token"], var.authorizer_type)
    error_message = "authorizer_type must be request or token."
  }

  validation {
    condition     = var.authorizer_type == "request" || var.api_type == "rest"
    error_message = "authorizer_type must be request for an HTTP API: set it to request, or use api_type = \"rest\"."
  }
}

variable "http_api" {
  description = <<-EOT
    Settings of an HTTP API.
    `response`: format of the authorizer response: `simple`, a decision on one path, or `iam`, a policy for all paths of a route. The build must have the same format.
  EOT
  type = object({
    response = optional(string, "simple")
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["simple", "iam"], var.http_api.response)
    error_message = "http_api.response must be simple or iam."
  }
}

variable "issuers" {
  description = <<-EOT
    Trusted issuers of this environment, by their names in the policy files.
    `url`: exact value of the `iss` claim. A variable such as `{pool}`, as one path segment or as the host's first label, stands for the directory that a tenant lists; the issuer's `tenants` is then `by_directory`.
    `jwks_uri`: URL of the issuer's keys; null uses discovery below `url`. With a variable in `url`, one key set for all directories.
    `audiences`: accepted audiences, at least one; a token must have one of them.
    `algorithms`: accepted signature algorithms, only asymmetric ones.
    `network`: where the issuer's hosts are: `public`, or `private`, which allows private addresses for this issuer alone and needs `vpc`.
    `ca`: certificates as PEM by which the issuer's hosts are trusted in place of the public roots, for this issuer alone; null uses the public roots. They are part of the function's environment variables, of which Lambda allows 4 KB.
  EOT
  type = map(object({
    url        = string
    jwks_uri   = optional(string)
    audiences  = list(string)
    algorithms = optional(list(string), ["RS256"])
    network    = optional(string, "public")
    ca         = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for issuer in values(var.issuers) : can(regex("^https://(\\{[A-Za-z][A-Za-z0-9_]*\\}\\.)?([A-Za-z0-9_-]+\\.)+[A-Za-z][A-Za-z0-9-]*(:[0-9]+)?(/[^#\\s]*)?$", issuer.url)) && !can(regex("^https://[^/]*\\.localhost(:|/|$)", issuer.url))])
    error_message = "issuers: each url must be an https URL with a public host name, such as https://login.example.com. It must not have an IP address, localhost, a user or a fragment."
  }

  validation {
    condition     = alltrue([for issuer in values(var.issuers) : !can(regex("[{}]", issuer.url)) || can(regex("^https://[^/{}]+/([^?{}]+/)?\\{[A-Za-z][A-Za-z0-9_]*\\}(/[^{}]*)?$", issuer.url)) || can(regex("^https://\\{[A-Za-z][A-Za-z0-9_]*\\}(\\.[a-z0-9_-]+){2,}(:[0-9]+)?(/[^{}]*)?$", issuer.url))])
    error_message = "issuers: a url may have one variable such as {pool}, as a complete path segment or as the host's first label before at least two others in lower case. It must not have other braces."
  }

  validation {
    condition     = alltrue([for issuer in values(var.issuers) : issuer.jwks_uri == null || (can(regex("^https://([A-Za-z0-9_-]+\\.)+[A-Za-z][A-Za-z0-9-]*(:[0-9]+)?(/[^#\\s]*)?$", issuer.jwks_uri)) && !can(regex("^https://[^/]*\\.localhost(:|/|$)", issuer.jwks_uri)))])
    error_message = "issuers: each jwks_uri must be an https URL with a public host name, such as https://login.example.com/keys, or null for discovery. It must not have an IP address, localhost, a user or a fragment."
  }

  validation {
    condition     = alltrue([for issuer in values(var.issuers) : issuer.network == "private" || !can(regex("(?i)^https://[^/:]*\\.(internal|local|lan|corp|home|intranet|private)(:|/|$)", issuer.jwks_uri == null ? issuer.url : issuer.jwks_uri))])
    error_message = "issuers: the keys of each issuer must be at a public host, because otherwise the function answers every request with 500. A host name that ends with .internal, .local, .lan, .corp, .home, .intranet or .private is not public. Set jwks_uri to a public URL that serves the issuer's keys, or network = \"private\" and vpc."
  }

  validation {
    condition     = alltrue([for issuer in values(var.issuers) : contains(["public", "private"], issuer.network)])
    error_message = "issuers: each network must be public or private."
  }

  validation {
    condition     = alltrue([for issuer in values(var.issuers) : issuer.ca == null || can(regex("^(\\s*-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\\s]+-----END CERTIFICATE-----)+\\s*$", issuer.ca))])
    error_message = "issuers: each ca must be certificates as PEM (-----BEGIN CERTIFICATE-----) and nothing else, such as file(\"certificates/issuing-ca.pem\"), or null for the public roots."
  }

  validation {
    condition     = alltrue([for issuer in values(var.issuers) : length(issuer.audiences) > 0 && !contains(issuer.audiences, "")])
    error_message = "issuers: each issuer must have at least one audience, and no audience may be empty."
  }

  validation {
    condition     = alltrue([for issuer in values(var.issuers) : length(issuer.algorithms) > 0 && alltrue([for algorithm in issuer.algorithms : contains(["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"], algorithm)])])
    error_message = "issuers: each issuer must have at least one algorithm, each of them asymmetric: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA or Ed25519 (two names of one algorithm)."
  }

  validation {
    condition     = length(distinct([for issuer in values(var.issuers) : replace(issuer.url, "/[{][^}]*[}]/", "{}")])) == length(var.issuers)
    error_message = "issuers: each url must be unique, whatever the name of its variable."
  }
}

variable "issuer_hosts" {
  description = "Hosts that issuers with a `url` in `policies/issuers.yaml` may have, and their keys: a host, or `*.` and a host for one more label. A host that only a pattern allows must resolve to public addresses. Empty: no such issuer is trusted."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for host in var.issuer_hosts : can(regex("^(\\*\\.)?([a-z0-9_-]+\\.)+[a-z][a-z0-9-]*$", host)) && !endswith(host, ".localhost")])
    error_message = "issuer_hosts must be host names in lower case, such as login.example.com, or patterns for one label, such as *.auth.example.com. They must not have a scheme, a port, an IP address or localhost."
  }
}

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

variable "backends" {
  description = <<-EOT
    The API's backends, by their names in the policy files. The sample backend replaces those without a value.
    `function_arn`: for a backend of kind lambda, the ARN of the function, preferably of an alias.
    `url`: for a backend of kind http, the base URL, to which the route's path is appended.
    `vpc_link_id`: for a backend of kind http inside a VPC, the id of the VPC link; null uses none. Only for a REST API.
    `timeout_seconds`: how long API Gateway waits for the backend; null uses its default, 29 s for a REST API and 30 s for an HTTP API. Above 29 s a REST API needs a higher quota of the account.
  EOT
  type = map(object({
    function_arn    = optional(string)
    url             = optional(string)
    vpc_link_id     = optional(string)
    timeout_seconds = optional(number)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for backend in values(var.backends) : backend.function_arn == null || can(regex("^arn:[a-z-]+:lambda:[a-z0-9-]+:\\d{12}:function:[A-Za-z0-9_-]+(:[A-Za-z0-9_-]+)?$", backend.function_arn))])
    error_message = "backends: each function_arn must be the ARN of a Lambda function or of one of its aliases."
  }

  validation {
    condition     = alltrue([for backend in values(var.backends) : backend.url == null || can(regex(backend.vpc_link_id == null ? "^https://[^/?#{}\\s]+(/[^/?#{}\\s]+)*$" : "^https?://[^/?#{}\\s]+(/[^/?#{}\\s]+)*$", backend.url))])
    error_message = "backends: each url must be an https URL (or http with a VPC link) without a slash at its end, query or placeholders, such as https://billing.example.com/v1."
  }

  validation {
    condition     = alltrue([for backend in values(var.backends) : backend.vpc_link_id == null || backend.url != null])
    error_message = "backends: a backend with a vpc_link_id must have a url."
  }

  validation {
    condition     = alltrue([for backend in values(var.backends) : backend.timeout_seconds == null ? true : backend.timeout_seconds >= 1 && backend.timeout_seconds <= 300 && floor(backend.timeout_seconds) == backend.timeout_seconds])
    error_message = "backends: each timeout_seconds must be a whole number from 1 to 300, or null for API Gateway's default."
  }
}

variable "caching" {
  description = <<-EOT
    How API Gateway caches the authorizer's responses.
    `mode`: `token`, `route`, `off`, or `auto`, which uses the mode that the build chose.
    `ttl_seconds`: how long a response is cached. A change of the permissions takes full effect after this time plus authorizer.permissions_ttl_seconds.
  EOT
  type = object({
    mode        = optional(string, "auto")
    ttl_seconds = optional(number, 60)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["auto", "token", "route", "off"], var.caching.mode)
    error_message = "caching.mode must be auto, token, route or off."
  }

  validation {
    condition     = var.caching.ttl_seconds >= 1 && var.caching.ttl_seconds <= 3600 && floor(var.caching.ttl_seconds) == var.caching.ttl_seconds
    error_message = "caching.ttl_seconds must be a whole number from 1 to 3600; to disable caching, set caching.mode = \"off\"."
  }
}

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

variable "history_export" {
  description = <<-EOT
    Copy of the history of run-time changes in a bucket with Object Lock; null creates none. Creates the table's stream.
    `mode`: `governance`, so that only identities with s3:BypassGovernanceRetention can delete a copy, or `compliance`, so that nobody can before its time.
    `retention_days`: how long each copy is locked, in days.
    `kms_key_arn`: ARN of your own KMS key for the bucket; null uses S3's key.
  EOT
  type = object({
    mode           = string
    retention_days = number
    kms_key_arn    = optional(string)
  })
  default = null

  validation {
    condition     = var.history_export == null ? true : contains(["governance", "compliance"], var.history_export.mode)
    error_message = "history_export.mode must be governance or compliance."
  }

  validation {
    condition     = var.history_export == null ? true : var.history_export.retention_days >= 1 && var.history_export.retention_days <= 36500 && floor(var.history_export.retention_days) == var.history_export.retention_days
    error_message = "history_export.retention_days must be a whole number from 1 to 36500 (a hundred years)."
  }

  validation {
    condition     = var.history_export == null ? true : var.history_export.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:\\d{12}:key/", var.history_export.kms_key_arn))
    error_message = "history_export.kms_key_arn must be the ARN of a KMS key (arn:aws:kms:<region>:<account>:key/<id>), or null."
  }
}

variable "authorizer" {
  description = <<-EOT
    Settings of the authorizer's function.
    `runtime`: Lambda runtime, nodejs22.x or later. AWS ends nodejs22.x in April 2027; nodejs24.x needs AWS provider 6.
    `memory_mb`: memory in MB; the CPU share grows with it.
    `timeout_seconds`: timeout in seconds, at most 29, because API Gateway waits 30 s.
    `reserved_concurrency`: reserved concurrency, which is also the function's limit; -1 reserves none and sets no limit.
    `provisioned_concurrency`: provisioned concurrency; 0 disables it.
    `schedule`: scheduled changes of the provisioned concurrency, by names of your own. `at`: EventBridge expression `cron(…)` or `at(…)`; `concurrency`: provisioned concurrency from then on; `timezone`: IANA name of the time zone.
    `ping_minutes`: interval, in minutes, of a ping that keeps one execution environment warm and makes no decision; 0 disables it.
    `shadow`: whether each decision also evaluates the candidate of `portcullis publish --shadow`. Responses stay the same; the decision's log line has what would differ.
    `clock_tolerance_seconds`: accepted difference between the issuers' clocks and AWS's.
    `permissions_ttl_seconds`: how long the function caches permissions; 0 reads them for each decision.
    `serve_stale_permissions_seconds`: how long expired permissions from the cache are used while the table cannot be read; 0 disables this, so that such a request gets a 500. A suspension or revocation made meanwhile can take effect this much later.
    `keys_stale_seconds`: how long cached keys are used while their issuer cannot be reached; 0 uses only fresh ones.
    `keys_timeout_seconds`: longest fetch of an issuer's discovery document and keys together; `timeout_seconds` must be at least 2 more.
    `environment_kms_key_arn`: ARN of your own KMS key for the environment variables of this function and of the modules' others; null uses Lambda's key.
  EOT
  type = object({
    runtime                         = optional(string, "nodejs22.x")
    memory_mb                       = optional(number, 512)
    timeout_seconds                 = optional(number, 10)
    reserved_concurrency            = optional(number, -1)
    provisioned_concurrency         = optional(number, 0)
    schedule                        = optional(map(object({ at = string, concurrency = number, timezone = optional(string, "UTC") })), {})
    ping_minutes                    = optional(number, 0)
    shadow                          = optional(bool, false)
    clock_tolerance_seconds         = optional(number, 30)
    permissions_ttl_seconds         = optional(number, 30)
    serve_stale_permissions_seconds = optional(number, 0)
    keys_stale_seconds              = optional(number, 86400)
    keys_timeout_seconds            = optional(number, 3)
    environment_kms_key_arn         = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.authorizer.environment_kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:\\d{12}:key/", var.authorizer.environment_kms_key_arn))
    error_message = "authorizer.environment_kms_key_arn must be the ARN of a KMS key (arn:aws:kms:<region>:<account>:key/<id>), or null."
  }

  validation {
    condition     = can(regex("^nodejs(2[2-9]|[3-9][0-9])\\.x$", var.authorizer.runtime))
    error_message = "authorizer.runtime must be nodejs22.x or a later Node.js runtime, such as nodejs24.x."
  }

  validation {
    condition     = var.authorizer.memory_mb >= 128 && var.authorizer.memory_mb <= 10240 && floor(var.authorizer.memory_mb) == var.authorizer.memory_mb
    error_message = "authorizer.memory_mb must be a whole number from 128 to 10240."
  }

  validation {
    condition     = var.authorizer.timeout_seconds >= 5 && var.authorizer.timeout_seconds <= 29 && floor(var.authorizer.timeout_seconds) == var.authorizer.timeout_seconds
    error_message = "authorizer.timeout_seconds must be a whole number from 5 to 29, because the function's own deadlines need 5 s and API Gateway waits 30 s."
  }

  validation {
    condition     = var.authorizer.reserved_concurrency == -1 || var.authorizer.reserved_concurrency >= 1
    error_message = "authorizer.reserved_concurrency must be -1 (none) or at least 1, because with 0 every request would get a 500."
  }

  validation {
    condition     = var.authorizer.provisioned_concurrency >= 0 && (var.authorizer.reserved_concurrency == -1 || var.authorizer.provisioned_concurrency <= var.authorizer.reserved_concurrency)
    error_message = "authorizer.provisioned_concurrency must be from 0 (disabled) to reserved_concurrency, if that is set."
  }

  validation {
    condition     = alltrue([for entry in values(var.authorizer.schedule) : can(regex("^(cron|at)\\(.+\\)$", entry.at)) && floor(entry.concurrency) == entry.concurrency && entry.concurrency >= 0])
    error_message = "authorizer.schedule: each at must be cron(…) or at(…), and each concurrency must be a whole number, at least 0."
  }

  validation {
    condition     = var.authorizer.reserved_concurrency == -1 || alltrue([for entry in values(var.authorizer.schedule) : entry.concurrency <= var.authorizer.reserved_concurrency])
    error_message = "authorizer.schedule: each concurrency must be at most reserved_concurrency."
  }

  validation {
    condition     = var.authorizer.ping_minutes >= 0 && var.authorizer.ping_minutes <= 60 && floor(var.authorizer.ping_minutes) == var.authorizer.ping_minutes
    error_message = "authorizer.ping_minutes must be a whole number from 0 (disabled) to 60."
  }

  validation {
    condition     = var.authorizer.clock_tolerance_seconds >= 0 && var.authorizer.clock_tolerance_seconds <= 300
    error_message = "authorizer.clock_tolerance_seconds must be from 0 to 300."
  }

  validation {
    condition     = var.authorizer.permissions_ttl_seconds >= 0 && var.authorizer.permissions_ttl_seconds <= 3600
    error_message = "authorizer.permissions_ttl_seconds must be from 0 to 3600."
  }

  validation {
    condition     = var.authorizer.serve_stale_permissions_seconds >= 0 && var.authorizer.serve_stale_permissions_seconds <= 3600 && floor(var.authorizer.serve_stale_permissions_seconds) == var.authorizer.serve_stale_permissions_seconds
    error_message = "authorizer.serve_stale_permissions_seconds must be a whole number from 0 (disabled) to 3600 (an hour)."
  }

  validation {
    condition     = var.authorizer.keys_timeout_seconds >= 1 && var.authorizer.keys_timeout_seconds <= 8 && floor(var.authorizer.keys_timeout_seconds) == var.authorizer.keys_timeout_seconds && var.authorizer.timeout_seconds >= var.authorizer.keys_timeout_seconds + 2
    error_message = "authorizer.keys_timeout_seconds must be a whole number from 1 to 8, and at most timeout_seconds less 2, because a decision needs 1.5 s after it."
  }

  validation {
    condition     = var.authorizer.keys_stale_seconds >= 0 && var.authorizer.keys_stale_seconds <= 604800
    error_message = "authorizer.keys_stale_seconds must be from 0 to 604800 (a week)."
  }
}

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

variable "cors" {
  description = <<-EOT
    CORS headers of preflight responses and of API Gateway's own errors.
    `allowed_origins`: origins of pages that may call the API; "*" allows every origin.
    `allowed_headers`: request headers that these pages may send.
    `max_age_seconds`: how long browsers cache a preflight response; 0 disables this.
  EOT
  type = object({
    allowed_origins = optional(list(string), ["*"])
    allowed_headers = optional(list(string), ["Authorization", "Content-Type"])
    max_age_seconds = optional(number, 600)
  })
  default  = {}
  nullable = false

  validation {
    condition     = length(var.cors.allowed_origins) > 0 && alltrue([for origin in var.cors.allowed_origins : can(regex("^(\\*|https?://[A-Za-z0-9.-]+(:[0-9]+)?)$", origin))])
    error_message = "cors.allowed_origins must have at least one entry, each \"*\" or an origin without a path, such as https://app.example.com."
  }

  validation {
    condition     = alltrue([for header in var.cors.allowed_headers : can(regex("^[A-Za-z0-9-]+$", header))])
    error_message = "cors.allowed_headers must be names of headers: letters, digits and '-', such as X-Trace-Id."
  }

  validation {
    condition     = var.cors.max_age_seconds >= 0 && var.cors.max_age_seconds <= 86400 && floor(var.cors.max_age_seconds) == var.cors.max_age_seconds
    error_message = "cors.max_age_seconds must be a whole number from 0 to 86400."
  }
}

variable "throttle" {
  description = "Limit on the requests of all callers together: `rate` a second, `burst` at once. Requests above it get a 429."
  type = object({
    rate  = optional(number, 1000)
    burst = optional(number, 500)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.throttle.rate > 0 && var.throttle.burst >= 1 && floor(var.throttle.burst) == var.throttle.burst
    error_message = "throttle.rate must be above 0, and throttle.burst must be a whole number, at least 1."
  }
}

variable "request_validation" {
  description = <<-EOT
    What API Gateway validates in a request, in addition to the presence of required parameters.
    `bodies`: whether JSON bodies are validated against the schemas of policies/api.yaml.
  EOT
  type = object({
    bodies = optional(bool, false)
  })
  default  = {}
  nullable = false
}

variable "usage_plans" {
  description = <<-EOT
    Usage plans that enforce `throttle` and `quota` of the policy files' plans; null creates none, so that nothing enforces them.
    `per`: whose requests count together: `plan`, all tenants of a plan; `tenant`, each tenant of the policy files for itself.
    `enforced`: whether methods require the API key. False creates plans and keys, and the authorizer returns the keys, so that the next apply can enforce them without a gap.
  EOT
  type = object({
    per      = optional(string, "plan")
    enforced = optional(bool, true)
  })
  default = null

  validation {
    condition     = var.usage_plans == null || contains(["plan", "tenant"], try(var.usage_plans.per, ""))
    error_message = "usage_plans.per must be plan or tenant."
  }

  validation {
    condition     = var.usage_plans == null || var.api_type == "rest"
    error_message = "usage_plans must be null for an HTTP API, which has no usage plans: remove it, or use api_type = \"rest\"."
  }
}

variable "denies" {
  description = <<-EOT
    Requests that are denied before the authorizer is called: Deny statements of the API's resource policy. The module adds the Allow statement for methods without an authorizer, and no other.
    `sid`: name of the statement.
    `resources`: METHOD/path with wildcards; "*" matches every request.
    `conditions`: conditions as in IAM: operator, key and values. Empty: the statement always applies.
  EOT
  type = list(object({
    sid        = string
    resources  = optional(list(string), ["*"])
    conditions = optional(map(map(list(string))), {})
  }))
  default  = []
  nullable = false

  validation {
    condition     = alltrue([for deny in var.denies : can(regex("^[A-Za-z0-9]+$", deny.sid)) && deny.sid != "MethodsWithoutAuthorizer"]) && length(distinct(var.denies[*].sid)) == length(var.denies)
    error_message = "denies: each sid must be a unique name of letters and digits other than MethodsWithoutAuthorizer."
  }

  validation {
    condition     = alltrue([for deny in var.denies : length(deny.resources) > 0 && alltrue([for resource in deny.resources : can(regex("^(\\*|[A-Z*]+/\\S*)$", resource))])])
    error_message = "denies: each entry must have at least one of resources, each METHOD/path, such as GET/documents/*, or \"*\"."
  }
}

variable "domain" {
  description = <<-EOT
    Custom domain; null uses only the URL that AWS assigns.
    `name`: host name of the domain.
    `certificate_arn`: ARN of the domain's ACM certificate, in the API's region; null creates one, which a record in the zone validates.
    `zone_id`: id of the Route 53 hosted zone in which the domain's records are created; null creates none.
    `base_path`: first path segment that belongs to this API; empty uses the whole domain.
    `disable_execute_api_endpoint`: whether the URL that AWS assigns is disabled.
    `security_policy`: TLS versions that the domain accepts: `TLS_1_2`, 1.2 and 1.3, or `TLS_1_0`, also 1.0 and 1.1, only for a REST API.
  EOT
  type = object({
    name                         = string
    certificate_arn              = optional(string)
    zone_id                      = optional(string)
    base_path                    = optional(string, "")
    disable_execute_api_endpoint = optional(bool, true)
    security_policy              = optional(string, "TLS_1_2")
  })
  default = null

  validation {
    condition     = var.domain == null || can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", var.domain.name))
    error_message = "domain.name must be a host name such as api.example.com."
  }

  validation {
    condition     = try(var.domain.certificate_arn, null) == null || can(regex("^arn:[a-z-]+:acm:[a-z0-9-]+:\\d{12}:certificate/", var.domain.certificate_arn))
    error_message = "domain.certificate_arn must be the ARN of an ACM certificate, or null to create one."
  }

  validation {
    condition     = try(var.domain.zone_id, null) == null || can(regex("^[A-Z0-9]{1,32}$", var.domain.zone_id))
    error_message = "domain.zone_id must be the id of a Route 53 hosted zone, such as Z0123456789ABCDEFGHIJ, or null."
  }

  validation {
    condition     = var.domain == null || try(var.domain.certificate_arn, null) != null || try(var.domain.zone_id, null) != null
    error_message = "domain must have a certificate_arn, or a zone_id in which a certificate can be validated."
  }

  validation {
    condition     = var.domain == null || can(regex("^[A-Za-z0-9_.-]*$", var.domain.base_path))
    error_message = "domain.base_path must be one segment of letters, digits, '_', '.' or '-', without slashes, or empty."
  }

  validation {
    condition     = var.domain == null || contains(["TLS_1_2", "TLS_1_0"], try(var.domain.security_policy, ""))
    error_message = "domain.security_policy must be TLS_1_2 or TLS_1_0. A policy such as SecurityPolicy_TLS13_1_3_2025_09 needs an argument that AWS provider 5 does not have: create such a domain yourself (docs/operations.md, TLS of the domain)."
  }
}

variable "web_acl_arn" {
  description = "ARN of a regional WAF web ACL that protects the stage; null uses none."
  type        = string
  default     = null

  validation {
    condition     = var.web_acl_arn == null || can(regex("^arn:[a-z-]+:wafv2:[a-z0-9-]+:\\d{12}:regional/webacl/", var.web_acl_arn))
    error_message = "web_acl_arn must be the ARN of a regional WAFv2 web ACL, or null."
  }
}

variable "canary" {
  description = <<-EOT
    Canary: the newest version of the function gets a share of the requests; null gives it all requests.
    `stable_version`: number of the version that gets the other requests; it must have the same layout. `npx portcullis deploy ENVIRONMENT --canary PERCENT` sets it.
    `weight`: the newest version's share, from 0 to 1; 0 takes the canary back.
  EOT
  type        = object({ stable_version = string, weight = number })
  default     = null

  validation {
    condition     = var.canary == null || (can(regex("^[0-9]+$", var.canary.stable_version)) && try(var.canary.weight >= 0 && var.canary.weight <= 1, false))
    error_message = "canary.stable_version must be the number of a published version, and canary.weight must be from 0 to 1."
  }

  validation {
    condition     = var.canary == null || (var.authorizer.provisioned_concurrency == 0 && length(var.authorizer.schedule) == 0)
    error_message = "canary must be null with authorizer.provisioned_concurrency or authorizer.schedule, because Lambda gives an alias either provisioned concurrency or weights. Release without a canary, or first set both to 0 and {}, deploy, and set them again after the canary is promoted (docs/operations.md)."
  }
}

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

variable "monitoring" {
  description = <<-EOT
    Dashboard, alarms and saved queries; null creates none.
    `topic_arn`: ARN of the SNS topic for alarms; null creates one.
    `kms_key_arn`: ARN of your own KMS key for the created topic, whose policy must let cloudwatch.amazonaws.com use it; null uses none.
    `server_errors`: number of 5xx responses within 5 minutes that raises an alarm.
    `latency_ms`: duration of the authorizer (p99), in ms, that raises an alarm after 15 minutes.
    `refusals_band`: how far above the usual the number of denied requests must rise to raise an alarm, in standard deviations.
    `composite_alarm`: whether one alarm for all is sent instead of each.
    `saved_queries`: whether queries for CloudWatch Logs Insights are saved.
    `slo`: service level objective with alarms on its burn rate; null creates none. `availability_percent`: share of requests for which the authorizer does not fail; `latency_ms`: duration within which 99 of 100 calls of the authorizer end. Only for a REST API.
  EOT
  type = object({
    topic_arn       = optional(string)
    kms_key_arn     = optional(string)
    server_errors   = optional(number, 5)
    latency_ms      = optional(number, 1000)
    refusals_band   = optional(number, 4)
    composite_alarm = optional(bool, false)
    saved_queries   = optional(bool, true)
    slo = optional(object({
      availability_percent = optional(number, 99.9)
      latency_ms           = optional(number, 500)
    }))
  })
  default = null

  validation {
    condition     = var.monitoring == null ? true : var.monitoring.topic_arn == null || can(regex("^arn:[a-z-]+:sns:[a-z0-9-]+:\\d{12}:[A-Za-z0-9_-]+$", var.monitoring.topic_arn))
    error_message = "monitoring.topic_arn must be the ARN of an SNS topic that is not FIFO, or null to create one."
  }

  validation {
    condition     = var.monitoring == null ? true : var.monitoring.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:\\d{12}:key/", var.monitoring.kms_key_arn))
    error_message = "monitoring.kms_key_arn must be the ARN of a KMS key of your own (arn:aws:kms:<region>:<account>:key/<id>), or null. AWS's key for SNS is not possible, because alarms cannot use it."
  }

  validation {
    condition     = var.monitoring == null ? true : var.monitoring.kms_key_arn == null || var.monitoring.topic_arn == null
    error_message = "monitoring.kms_key_arn must be null with topic_arn, because it is for the created topic: set the key on your own topic."
  }

  validation {
    condition     = var.monitoring == null ? true : var.monitoring.server_errors >= 1 && floor(var.monitoring.server_errors) == var.monitoring.server_errors
    error_message = "monitoring.server_errors must be a whole number, at least 1."
  }

  validation {
    condition     = var.monitoring == null ? true : var.monitoring.latency_ms >= 1 && var.monitoring.latency_ms <= 29000
    error_message = "monitoring.latency_ms must be from 1 to 29000, because API Gateway waits no longer."
  }

  validation {
    condition     = var.monitoring == null ? true : var.monitoring.refusals_band > 0
    error_message = "monitoring.refusals_band must be above 0; 2 to 5 are usual."
  }

  validation {
    condition     = var.monitoring == null ? true : var.monitoring.slo == null ? true : var.monitoring.slo.availability_percent >= 90 && var.monitoring.slo.availability_percent < 100 && var.monitoring.slo.latency_ms >= 1 && var.monitoring.slo.latency_ms <= 29000
    error_message = "monitoring.slo must have an availability_percent from 90 to below 100, and a latency_ms from 1 to 29000."
  }
}

variable "manage_account_logging" {
  description = "Whether this environment creates the role with which API Gateway writes the logs of all REST APIs of the account in the region. It replaces the account's role, so that at most one environment may do this; better create it once with modules/account-logging. The role is protected: before terraform destroy, take it out of the state (terraform state rm, docs/operations.md, Removing an environment)."
  type        = bool
  default     = false
  nullable    = false
}
