output "authorizer_ids" {
  description = "For methods that are resources: the authorizer id of each guarded route, by `METHOD /path`. Set `authorization = \"CUSTOM\"` and this `authorizer_id` on the route's method."
  value       = { for route, name in local.guards : route => aws_api_gateway_authorizer.group[name].id if var.document == null }

  # A deployment that refers to an authorizer must be able to call the function.
  depends_on = [aws_lambda_permission.authorizer]
}

output "placeholders" {
  description = "For an API that is defined by a document: the values that `templatefile` needs for the written document, in addition to your own."
  value = {
    portcullis_authorizer_uri    = module.authorizer.function.invoke_uri
    portcullis_authorizer_ttl    = local.ttl_seconds
    portcullis_cors_error_origin = var.cors_error_origin
  }
}

output "stage_variables" {
  description = "Stage variables that your stage must have: the first identity source of each authorizer. Without them guarded requests get a 401."
  value       = local.artefacts.stage_variables
}

output "missing_stage_variables" {
  description = "Stage variables that the stage lacks; if there are any, the plan fails."
  value       = local.missing_stage_variables

  precondition {
    condition     = length(local.missing_stage_variables) == 0
    error_message = "The stage must have the variables ${join(", ", local.missing_stage_variables)}, because without them every guarded request gets a 401. Set its variables = merge({ … your own … }, module.<name>.stage_variables)."
  }
}

output "redeployment" {
  description = "Hash of everything that a stage takes over only with a new deployment. Add it to your deployment's `triggers`."
  value       = sha256(jsonencode([local.artefacts.layout, local.ttl_seconds, local.guards, module.authorizer.function.invoke_uri]))
}

output "open_methods" {
  description = "Methods that Portcullis does not guard. `resources`: these methods as METHOD/path, which a resource policy may allow, and no others. `conflicts`: routes that such a policy cannot distinguish; if there are any, use no resource policy that allows."
  value       = local.artefacts.open_methods
}

output "caching_mode" {
  description = "Caching mode of the authorizer's responses: `token`, `route` or `off`."
  value       = local.artefacts.mode
}

output "staleness_seconds" {
  description = "Longest time until a change of the permissions takes full effect: API Gateway's TTL plus the function's."
  value       = local.ttl_seconds + var.authorizer.permissions_ttl_seconds
}

output "table_name" {
  description = "Name of the permissions table, for `publish` and sign-up."
  value       = module.permissions.table.name
}

output "keeper" {
  description = "Who keeps the items of the table that the policy files own: `terraform` or `publish`."
  value       = module.permissions.keeper
}

output "authorizer" {
  description = "Function, published version and alias of the authorizer."
  value       = { function = module.authorizer.function.name, version = module.authorizer.version, alias = module.authorizer.function.alias }
}

output "build_digest" {
  description = "SHA-256 of the build's manifest."
  value       = local.artefacts.digest
}

output "role_policies" {
  description = "Policies that the functions' roles need, as JSON by function, as in `iam.roles`. Null for a function that is not created."
  value       = { authorizer = module.authorizer.role_policy, history-export = one(module.history_export[*].role_policy) }
}

output "history_export" {
  description = "Name of the bucket with the copy of the history, and URL of the queue with what could not be copied; null without `history_export`."
  value       = one([for history in module.history_export : { bucket = history.bucket, failures_queue = history.failures_queue }])
}
