locals {
  name = "${var.name}-${var.environment}"

  # Without a value for a backend, the sample backend answers in its place.
  needs_sample_backend = length(setsubtract(keys(module.build.artefacts.backends), keys(var.backends))) > 0
}

# What npm run build made of the policy files; a missing or stale build ends the plan here.
module "build" {
  source = "./modules/build"

  directory          = "${path.root}/${var.build_directory}"
  policies_directory = "${path.root}/${var.policies_directory}"
  environment        = var.environment
  caching_mode       = var.caching.mode
}

# A request reaches the API, which divides its routes among authorizers …
module "api" {
  source = "./modules/api"

  name            = local.name
  stage           = var.environment
  definition      = module.build.artefacts.definition
  stage_variables = module.build.artefacts.stage_variables
  open_methods    = module.build.artefacts.open_methods

  authorizer             = module.authorizer.function
  authorizer_ttl_seconds = var.caching.ttl_seconds
  backend_kinds          = module.build.artefacts.backends
  backends               = var.backends
  sample_backend         = one(module.sample_backend[*].function)

  cors                   = var.cors
  throttle               = var.throttle
  denies                 = var.denies
  domain                 = var.domain
  web_acl_arn            = var.web_acl_arn
  observability          = var.observability
  manage_account_logging = var.manage_account_logging
}

# … all of which ask one function, which verifies the token …
module "authorizer" {
  source = "./modules/authorizer"

  name             = local.name
  package          = module.build.artefacts.packages["authorizer"]
  layout           = module.build.artefacts.layout
  caching_mode     = module.build.artefacts.mode
  issuers          = var.issuers
  expected_issuers = module.build.artefacts.issuers
  table            = module.permissions.table
  settings         = var.authorizer
  canary           = var.canary
  observability    = var.observability
}

# … and reads here what the caller's tenant and roles may do …
module "permissions" {
  source = "./modules/permissions"

  name  = local.name
  items = module.build.artefacts.items
  table = var.permissions
}

# … before a backend is told who is calling.
module "sample_backend" {
  source = "./modules/sample-backend"
  count  = local.needs_sample_backend ? 1 : 0

  name           = local.name
  package        = module.build.artefacts.packages["sample-backend"]
  runtime        = var.authorizer.runtime
  retention_days = var.observability.retention_days
}
