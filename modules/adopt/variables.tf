# Copied from the root by npx tsx scripts/share-declarations.ts --write.
variable "environment" {
  description = "Name of the environment. It selects the tenants and is part of every resource name. The root module's REST API has a stage of this name."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{0,19}$", var.environment))
    error_message = "environment must be 1 to 20 lower-case letters, digits or '-', not beginning with '-', such as dev."
  }
}

# Copied from the root by npx tsx scripts/share-declarations.ts --write.
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

variable "rest_api" {
  description = "The API in your own Terraform: its `id` and its `execution_arn`. Only this API may call the function."
  type        = object({ id = string, execution_arn = string })
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:execute-api:", var.rest_api.execution_arn))
    error_message = "rest_api.execution_arn must be the execution_arn of an aws_api_gateway_rest_api."
  }
}

variable "document" {
  description = "Path of the OpenAPI document that defines the API, as passed to `npx portcullis build --into`. Null: resources define the API, and this module creates its authorizers."
  type        = string
  default     = null

  validation {
    condition     = var.document == null || can(filesha256(var.document))
    error_message = "document must be the path of your OpenAPI document, or null if resources define the API."
  }
}

variable "authorizers_available" {
  description = "Number of authorizers that the API has room for in addition to its own. AWS allows ten by default."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = var.authorizers_available >= 1 && floor(var.authorizers_available) == var.authorizers_available
    error_message = "authorizers_available must be a whole number, at least 1."
  }
}

variable "stage" {
  description = "Your aws_api_gateway_stage, to check that it has the stage variables; null skips the check."
  type        = object({ variables = map(string) })
  default     = null
}

variable "cors_error_origin" {
  description = "Origin in the CORS header of the gateway responses that `npx portcullis build --gateway-responses` writes."
  type        = string
  default     = "*"
  nullable    = false

  validation {
    condition     = can(regex("^(\\*|https?://[A-Za-z0-9.-]+(:[0-9]+)?)$", var.cors_error_origin))
    error_message = "cors_error_origin must be \"*\" or an origin such as https://app.example.com."
  }
}

# Copied from the root by npx tsx scripts/share-declarations.ts --write.
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

# Copied from the root by npx tsx scripts/share-declarations.ts --write.
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

# Copied from the root by npx tsx scripts/share-declarations.ts --write.
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

# Copied from the root by npx tsx scripts/share-declarations.ts --write.
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

# Copied from the root by npx tsx scripts/share-declarations.ts --write.
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

# Copied from the root by npx tsx scripts/share-declarations.ts --write.
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

# Copied from the root by npx tsx scripts/share-declarations.ts --write.
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

# Copied from the root by npx tsx scripts/share-declarations.ts --write.
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
