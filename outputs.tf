output "url" {
  description = "Where callers reach the API, without a slash at its end."
  value       = module.api.url
}

output "api_id" {
  description = "The API's id."
  value       = module.api.id
}

output "stage" {
  description = "The API's stage, named after the environment."
  value       = var.environment
}

output "domain_target" {
  description = "What the DNS record of a domain of your own must point to; null without one."
  value       = module.api.domain_target
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

output "canary" {
  description = "The authorizer's new version and its part of the requests; null without a canary."
  value       = module.authorizer.canary
}

output "sampled_backends" {
  description = "Backends without a value, for which the sample backend answers."
  value       = module.api.sampled_backends
}

output "access_log_group" {
  description = "The log group of the access log: a line a request."
  value       = module.api.access_log_group
}

output "build_digest" {
  description = "SHA-256 of the build's manifest, and by it of all that was deployed: the same in every environment that a build was promoted to."
  value       = module.build.artefacts.digest
}
