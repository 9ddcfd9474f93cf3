output "url" {
  description = "Where callers reach the API, without a slash at its end."
  value       = local.api.url
}

output "api_id" {
  description = "The API's id."
  value       = local.api.id
}

output "stage" {
  description = "The API's stage: named after the environment, or `$default` of an HTTP API."
  value       = try(module.http_api[0].stage, var.environment)
}

output "domain_target" {
  description = "What the DNS record of a domain of your own must point to; null without one."
  value       = local.api.domain_target
}

output "caching_mode" {
  description = "How API Gateway caches the authorizer's answers: `token`, `route` or `off`."
  value       = module.build.artefacts.mode
}

output "staleness_seconds" {
  description = "How long an edit of the permissions may take to hold for everybody: API Gateway's TTL and the function's; authorizer.serve_stale_permissions_seconds more while the table cannot be read."
  value       = (module.build.artefacts.mode == "off" ? 0 : var.caching.ttl_seconds) + var.authorizer.permissions_ttl_seconds
}

output "table_name" {
  description = "The permissions table, for `publish` and sign-up."
  value       = module.permissions.table.name
}

output "authorizer" {
  description = "The authorizer's function, published version and alias."
  value       = { function = module.authorizer.function.name, version = module.authorizer.version, alias = module.authorizer.function.alias }
}

output "user_pool_id" {
  description = "The user pool's id, for `npx portcullis login`; null without one."
  value       = one(module.identity[*].user_pool_id)
}

output "user_pool_client_id" {
  description = "Id of the app client that the pool's users sign in with; null without a pool."
  value       = one(module.identity[*].client_id)
}

output "user_pool_issuer_url" {
  description = "What `iss` is in the pool's tokens; null without a pool."
  value       = one([for pool in module.identity : pool.issuer.settings.url])
}

output "sign_in_url" {
  description = "Where the pool's own sign-in pages are; null without `identity.domain`."
  value       = one(module.identity[*].sign_in_url)
}

output "canary" {
  description = "The authorizer's new version and its part of the requests; null without a canary."
  value       = module.authorizer.canary
}

output "sampled_backends" {
  description = "Backends without a value, for which the sample backend answers."
  value       = local.api.sampled_backends
}

output "access_log_group" {
  description = "The log group of the access log: a line a request."
  value       = local.api.access_log_group
}

output "monitoring" {
  description = "What watches: the topic that alarms are sent to, the dashboard and the alarms, by name; null where it is not asked for."
  value       = one(module.observability[*].monitoring)
}

output "build_digest" {
  description = "SHA-256 of the build's manifest, and by it of all that was deployed: the same in every environment that a build was promoted to."
  value       = module.build.artefacts.digest
}
