locals {
  name      = "${var.name}-${var.environment}"
  artefacts = module.build.artefacts

  # The build's API definition names each route's authorizer, and each authorizer's identity sources.
  definition = try(jsondecode(local.artefacts.definition), {})
  authorizers = {
    for name, scheme in try(local.definition.components.securitySchemes, {}) : name => replace(scheme["x-amazon-apigateway-authorizer"].identitySource, ", ", ",") if startswith(name, "portcullis_")
  }
  guards = merge([
    for path, item in try(local.definition.paths, {}) : {
      for method, operation in item : "${upper(method)} ${path}" => keys(operation.security[0])[0] if startswith(try(keys(operation.security[0])[0], ""), "portcullis_")
    }
  ]...)

  ttl_seconds             = local.artefacts.mode == "off" ? 0 : var.caching.ttl_seconds
  missing_stage_variables = var.stage == null ? [] : [for name, value in local.artefacts.stage_variables : "${name} = ${value}" if lookup(var.stage.variables, name, "") != value]
}

# What npx portcullis build made from the policy files. A missing or stale build is an error of the plan.
module "build" {
  source = "../build"

  directory          = "${path.root}/${var.build_directory}"
  policies_directory = "${path.root}/${var.policies_directory}"
  environment        = var.environment
  caching_mode       = var.caching.mode
}

# The function that all authorizers call, which verifies the token.
module "authorizer" {
  source = "../authorizer"

  name             = local.name
  package          = local.artefacts.packages["authorizer"]
  layout           = local.artefacts.layout
  caching_mode     = local.artefacts.mode
  issuers          = var.issuers
  expected_issuers = local.artefacts.issuers
  issuer_hosts     = var.issuer_hosts

  expected_issuer_hosts = local.artefacts.issuer_hosts
  expected_directories  = local.artefacts.directories

  table         = module.permissions.table
  authorizer    = var.authorizer
  iam           = var.iam
  vpc           = var.vpc
  canary        = var.canary
  observability = var.observability
}

# The table from which the function reads what the caller's tenant and roles may do.
module "permissions" {
  source = "../permissions"

  name        = local.name
  items       = var.permissions.keeper == "terraform" ? local.artefacts.items : {}
  permissions = var.permissions
  stream      = var.history_export != null
}

# The copy of the history in a bucket with Object Lock.
module "history_export" {
  source = "../history-export"
  count  = var.history_export == null ? 0 : 1

  name    = local.name
  package = local.artefacts.packages["history-export"]
  runtime = var.authorizer.runtime
  table   = { arn = module.permissions.table.arn, stream_arn = module.permissions.stream_arn, kms_key_arn = module.permissions.table.kms_key_arn }

  environment_kms_key_arn = var.authorizer.environment_kms_key_arn

  history_export = var.history_export
  iam            = var.iam
  vpc            = var.vpc
  observability  = var.observability
}

# An API that is defined by a document has its authorizers in the document.
resource "aws_api_gateway_authorizer" "group" {
  for_each = var.document == null ? local.authorizers : {}

  name                             = each.key
  rest_api_id                      = var.rest_api.id
  type                             = "REQUEST"
  authorizer_uri                   = module.authorizer.function.invoke_uri
  identity_source                  = each.value
  authorizer_result_ttl_in_seconds = local.ttl_seconds
}

# Only this API's authorizers may call the function. The deployment that the API served before calls the previous layout's
# alias.
resource "aws_lambda_permission" "authorizer" {
  for_each = toset(concat([module.authorizer.function.alias], module.authorizer.function.kept_aliases))

  statement_id  = "${local.name}-authorizes-by-${each.key}"
  action        = "lambda:InvokeFunction"
  function_name = module.authorizer.function.name
  qualifier     = each.key
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${var.rest_api.execution_arn}/authorizers/*"

  lifecycle {
    create_before_destroy = true

    precondition {
      condition     = length(local.authorizers) <= var.authorizers_available
      error_message = "The build divides the routes among ${length(local.authorizers)} authorizers, but the API has room for ${var.authorizers_available} (authorizers_available). Run npx portcullis build --max-groups ${var.authorizers_available}, with --into if the build used it, then plan again."
    }

    precondition {
      condition     = local.artefacts.access == null
      error_message = "The policy files have an access route (access at the root of api.yaml), but your own Terraform defines the routes of this API, so nothing would serve it. Remove access from api.yaml, run npx portcullis build, then plan again."
    }

    precondition {
      condition     = var.document == null || local.artefacts.into_sha256 == try(filesha256(var.document), "")
      error_message = "The build was made without this document, or the document has changed since then. Run npx portcullis build --into ${coalesce(var.document, "document")}, then plan again."
    }

    precondition {
      condition     = var.document == null || alltrue([for path, hash in local.artefacts.into_files : hash == try(filesha256("${dirname(var.document)}/${path}"), "")])
      error_message = "A file to which the document refers has changed since the build. Run npx portcullis build --into ${coalesce(var.document, "document")}, then plan again."
    }

    precondition {
      condition     = var.document == null || local.artefacts.mode == local.artefacts.built_mode
      error_message = "The document was written for caching mode ${local.artefacts.built_mode}, but caching.mode is ${local.artefacts.mode}. Run npx portcullis build --cache ${local.artefacts.mode} --into ${coalesce(var.document, "document")}, then plan again."
    }
  }
}
