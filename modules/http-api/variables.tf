variable "name" {
  description = "Name of the API."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9-]{1,55}$", var.name))
    error_message = "name must be 1 to 55 letters, digits or '-'."
  }
}

variable "definition" {
  description = "API definition that the build writes for an HTTP API: an OpenAPI 3.0 document in JSON, with placeholders inside strings."
  type        = string
  nullable    = false

  validation {
    condition     = can(jsondecode(var.definition).paths)
    error_message = "definition must be an OpenAPI document in JSON, with paths."
  }

  validation {
    condition     = alltrue([for name, issuer in var.issuers : issuer.jwks_uri == null && alltrue([for algorithm in issuer.algorithms : can(regex("^(RS|PS)", algorithm))]) if strcontains(var.definition, "$${issuer_${replace(lower(name), "/[^a-z0-9]/", "_")}_url}")])
    error_message = "issuers: the issuer of a route with jwt must have no jwks_uri and only RSA algorithms, because API Gateway's own authorizer supports only discovery and RSA. Change the issuer, or let Portcullis guard the route."
  }
}

variable "stage_variables" {
  description = "Stage variable with the layout's name: the first identity source of the authorizer."
  type        = map(string)
  nullable    = false

  validation {
    condition     = join(",", keys(var.stage_variables)) == "portcullis_all" && alltrue([for value in values(var.stage_variables) : can(regex("^[A-Za-z0-9._-]+$", value))])
    error_message = "stage_variables must be portcullis_all = all-<layout>, because without it the authorizer returns 401."
  }
}

variable "authorizer_function" {
  description = "The authorizer's function: its name, the layout's alias, the URI that invokes the alias, and the previous layout's alias (`kept_aliases`), if there is one."
  type        = object({ name = string, alias = string, invoke_uri = string, kept_aliases = optional(list(string), []) })
  nullable    = false
}

variable "authorizer_ttl_seconds" {
  description = "How long API Gateway caches the authorizer's responses; 0 disables caching."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.authorizer_ttl_seconds >= 0 && var.authorizer_ttl_seconds <= 3600 && floor(var.authorizer_ttl_seconds) == var.authorizer_ttl_seconds
    error_message = "authorizer_ttl_seconds must be a whole number from 0 to 3600."
  }
}

variable "resource_metadata" {
  description = "Metadata document of the API (RFC 9728): its `text`, and `package`, `runtime` and `environment_kms_key_arn` (null uses Lambda's key) of the function that returns it. Null if there is none."
  type        = object({ text = string, package = object({ path = string, sha256 = string }), runtime = string, environment_kms_key_arn = optional(string) })
  default     = null

  validation {
    condition     = var.resource_metadata == null ? true : can(jsondecode(var.resource_metadata.text)) && can(regex("^[A-Za-z0-9+/]{43}=$", var.resource_metadata.package.sha256))
    error_message = "resource_metadata.text must be JSON, and its package must have a SHA-256 in base64, as filebase64sha256 returns it."
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

variable "access_path" {
  description = "Path of the route at which a caller reads what it may do; null: the API has none."
  type        = string
  default     = null
}

variable "backend_kinds" {
  description = "Kinds of the backends that the API names: `lambda` or `http`."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.backend_kinds) : try(var.backends[name].vpc_link_id, null) == null])
    error_message = "backends: vpc_link_id must be null for an HTTP API, whose VPC links need a listener instead of a URL: use api_type = \"rest\", or a url that the API can reach."
  }
}

# Copied from the root by npx tsx scripts/share-declarations.ts --write.
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

variable "sample_backend" {
  description = "The function that replaces backends without a value: its name, and the URI that invokes it. Null if every backend has a value."
  type        = object({ name = string, invoke_uri = string })
  default     = null
}

# Copied from the root by npx tsx scripts/share-declarations.ts --write.
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

# Copied from the root by npx tsx scripts/share-declarations.ts --write.
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
