output "authorizer_ids" {
  description = "For methods that are resources: the authorizer of each guarded route, by `METHOD /path`. Its method has `authorization = \"CUSTOM\"` and this `authorizer_id`."
  value       = { for route, name in local.guards : route => aws_api_gateway_authorizer.group[name].id if var.document == null }

  # A deployment that names an authorizer may call it.
  depends_on = [aws_lambda_permission.authorizer]
}

output "placeholders" {
  description = "For an API that is a document: what `templatefile` fills the written document with, beside values of your own."
  value = {
    portcullis_authorizer_uri    = module.authorizer.function.invoke_uri
    portcullis_authorizer_ttl    = local.ttl_seconds
    portcullis_cors_error_origin = var.cors_error_origin
  }
}

output "stage_variables" {
  description = "What your stage must have among its `variables`: the first identity source of each authorizer. Without it a guarded request is answered with 401."
  value       = local.artefacts.stage_variables
}

output "missing_stage_variables" {
  description = "Those that the stage does not have; none, or the plan ends."
  value       = local.missing_stage_variables

  precondition {
    condition     = length(local.missing_stage_variables) == 0
    error_message = "The stage has not: ${join(", ", local.missing_stage_variables)}. Give it variables = merge({ … your own … }, module.<name>.stage_variables): without them every guarded request is answered with 401."
  }
}

output "redeployment" {
  description = "Changes with whatever of ours a stage takes over only when it is deployed again: one of your deployment's `triggers`."
  value       = sha256(jsonencode([local.artefacts.layout, local.ttl_seconds, local.guards, module.authorizer.function.invoke_uri]))
}

output "open_methods" {
  description = "The methods that no authorizer of ours guards, METHOD/path behind the stage: all that a resource policy may allow. `conflicts`: what such a policy could not tell apart; with any, have no resource policy that allows."
  value       = local.artefacts.open_methods
}

output "caching_mode" {
  description = "How API Gateway caches the authorizer's answers: `token`, `route` or `off`."
  value       = local.artefacts.mode
}

output "staleness_seconds" {
  description = "How long an edit of the permissions may take to hold for everybody: API Gateway's TTL and the function's."
  value       = local.ttl_seconds + var.authorizer.permissions_ttl_seconds
}

output "table_name" {
  description = "The permissions table, for `publish` and sign-up."
  value       = module.permissions.table.name
}

output "authorizer" {
  description = "The authorizer's function, published version and alias."
  value       = { function = module.authorizer.function.name, version = module.authorizer.version, alias = module.authorizer.function.alias }
}

output "build_digest" {
  description = "SHA-256 of the build's manifest."
  value       = local.artefacts.digest
}
