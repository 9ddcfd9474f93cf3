locals {
  name = "${var.name}-${var.environment}"

  # The type of the API, as the build names it.
  front = var.api_type == "http" ? "http-${var.http_api.response}" : (var.authorizer_type == "token" ? "rest-token" : "rest")
  api   = one(concat(module.api, module.http_api))

  # The sample backend replaces backends without a value.
  needs_sample_backend = length(setsubtract(keys(module.build.artefacts.backends), keys(var.backends))) > 0

  # The user pool is an issuer like any other.
  issuers = merge(var.issuers, { for pool in module.identity : pool.issuer.name => pool.issuer.settings })

  # The document in which clients find the advertised issuers. It must be at the root of the API's host, and an API's body
  # cannot contain its own id, so the host is known only with a domain.
  metadata          = module.build.artefacts.metadata
  metadata_template = try(local.metadata.template, "")
  metadata_issuers  = { for name in try(local.metadata.issuers, []) : name => try(local.issuers[name].url, "") }
  resource_url      = try(var.domain.base_path, null) == "" ? "https://${var.domain.name}" : null
  resource_metadata = local.metadata == null || local.resource_url == null ? null : {
    url  = "${local.resource_url}/.well-known/oauth-protected-resource"
    text = templatestring(local.metadata_template, merge({ resource_url = local.resource_url }, { for name, url in local.metadata_issuers : "issuer_${replace(lower(name), "/[^a-z0-9]/", "_")}_url" => url }))
  }
}

# What npx portcullis build made from the policy files. A missing or stale build is an error of the plan.
module "build" {
  source = "./modules/build"

  directory          = "${path.root}/${var.build_directory}"
  policies_directory = "${path.root}/${var.policies_directory}"
  environment        = var.environment
  caching_mode       = var.caching.mode
  front              = local.front
}

# The REST API, which divides its routes among authorizers.
module "api" {
  source = "./modules/api"
  count  = var.api_type == "rest" ? 1 : 0

  name            = local.name
  stage           = var.environment
  definition      = module.build.artefacts.definition
  stage_variables = module.build.artefacts.stage_variables
  open_methods    = module.build.artefacts.open_methods

  authorizer_function    = module.authorizer.function
  access_path            = module.build.artefacts.access
  require_api_key        = try(var.usage_plans.enforced, false)
  authorizer_ttl_seconds = var.caching.ttl_seconds
  backend_kinds          = module.build.artefacts.backends
  backends               = var.backends
  sample_backend         = one(module.sample_backend[*].function)
  resource_metadata      = local.resource_metadata

  cors               = var.cors
  request_validation = var.request_validation
  throttle           = var.throttle
  denies             = var.denies
  domain             = var.domain
  web_acl_arn        = var.web_acl_arn
  observability      = var.observability
  log_role_arn       = one(module.account_logging[*].role_arn)
}

# API Gateway's role for logs, if this environment is the one that creates it for its account and region.
module "account_logging" {
  source = "./modules/account-logging"
  count  = var.manage_account_logging ? 1 : 0

  role_name = "${local.name}-account-logs"
  iam       = var.iam
}

# The HTTP API, whose one authorizer decides on one route at a time.
module "http_api" {
  source = "./modules/http-api"
  count  = var.api_type == "http" ? 1 : 0

  name            = local.name
  definition      = module.build.artefacts.definition
  stage_variables = module.build.artefacts.stage_variables

  authorizer_function    = module.authorizer.function
  access_path            = module.build.artefacts.access
  authorizer_ttl_seconds = module.build.artefacts.mode == "off" ? 0 : var.caching.ttl_seconds
  issuers                = local.issuers
  backend_kinds          = module.build.artefacts.backends
  backends               = var.backends
  sample_backend         = one(module.sample_backend[*].function)
  resource_metadata = local.resource_metadata == null ? null : {
    text                    = local.resource_metadata.text
    package                 = module.build.artefacts.packages["resource-metadata"]
    runtime                 = var.authorizer.runtime
    environment_kms_key_arn = var.authorizer.environment_kms_key_arn
  }

  cors          = var.cors
  throttle      = var.throttle
  domain        = var.domain
  iam           = var.iam
  vpc           = var.vpc
  observability = var.observability
}

# The function that all authorizers call, which verifies the token.
module "authorizer" {
  source = "./modules/authorizer"

  name             = local.name
  package          = module.build.artefacts.packages["authorizer"]
  layout           = module.build.artefacts.layout
  caching_mode     = module.build.artefacts.mode
  issuers          = local.issuers
  expected_issuers = module.build.artefacts.issuers
  issuer_hosts     = var.issuer_hosts

  expected_issuer_hosts = module.build.artefacts.issuer_hosts
  expected_directories  = module.build.artefacts.directories

  # An HTTP API adds the CORS headers to a function's responses itself.
  access_origins = module.build.artefacts.access == null || var.api_type == "http" ? null : var.cors.allowed_origins

  table         = module.permissions.table
  usage_keys    = var.usage_plans == null ? null : module.usage_plans[0].keys
  authorizer    = var.authorizer
  iam           = var.iam
  vpc           = var.vpc
  canary        = var.canary
  observability = var.observability
}

# The table from which the function reads what the caller's tenant and roles may do.
module "permissions" {
  source = "./modules/permissions"

  name        = local.name
  items       = var.permissions.keeper == "terraform" ? module.build.artefacts.items : {}
  permissions = var.permissions
  stream      = var.history_export != null
}

# The copy of the history in a bucket with Object Lock.
module "history_export" {
  source = "./modules/history-export"
  count  = var.history_export == null ? 0 : 1

  name    = local.name
  package = module.build.artefacts.packages["history-export"]
  runtime = var.authorizer.runtime
  table   = { arn = module.permissions.table.arn, stream_arn = module.permissions.stream_arn, kms_key_arn = module.permissions.table.kms_key_arn }

  environment_kms_key_arn = var.authorizer.environment_kms_key_arn

  history_export = var.history_export
  iam            = var.iam
  vpc            = var.vpc
  observability  = var.observability
}

# The limits of the caller's plan.
module "usage_plans" {
  source = "./modules/usage-plans"
  count  = var.usage_plans == null ? 0 : 1

  name       = local.name
  per        = var.usage_plans.per
  plans      = module.build.artefacts.plans
  tenants    = module.build.artefacts.tenant_plans
  partitions = module.build.artefacts.tenant_partitions
  stage      = module.api[0].stage
  table      = module.permissions.table.name
}

# The function that replaces backends without a value, and returns the caller that it received.
module "sample_backend" {
  source = "./modules/sample-backend"
  count  = local.needs_sample_backend ? 1 : 0

  name           = local.name
  package        = module.build.artefacts.packages["sample-backend"]
  runtime        = var.authorizer.runtime
  retention_days = var.observability.retention_days
  kms_key_arn    = var.observability.kms_key_arn
  iam            = var.iam
  vpc            = var.vpc
}

# The user pool, for users without an identity provider of their own.
module "identity" {
  source = "./modules/identity"
  count  = var.identity == null ? 0 : 1

  name     = local.name
  package  = module.build.artefacts.packages["token-claims"]
  runtime  = var.authorizer.runtime
  table    = module.permissions.table
  roles    = module.build.artefacts.roles
  identity = var.identity

  environment_kms_key_arn = var.authorizer.environment_kms_key_arn

  iam           = var.iam
  vpc           = var.vpc
  observability = var.observability
}

# Dashboard, alarms and saved queries.
module "observability" {
  source = "./modules/observability"
  count  = var.monitoring == null ? 0 : 1

  name          = local.name
  function_name = module.authorizer.function.name
  api           = var.api_type == "rest" ? { name = local.name, stage = var.environment, access_log_group = module.api[0].access_log_group } : null
  metrics       = var.observability.metrics
  monitoring    = var.monitoring
}
