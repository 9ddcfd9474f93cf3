output "url" {
  description = "URL of the API, without a slash at its end."
  value       = local.api.url
}

output "api_id" {
  description = "Id of the API."
  value       = local.api.id
}

output "resource_metadata" {
  description = "Document in which clients find the advertised issuers (RFC 9728): its `url`, or null and `why` there is none."
  value = {
    url = try(local.resource_metadata.url, null)
    why = local.metadata == null ? "no issuer has advertised: true in issuers.yaml" : local.resource_metadata != null ? null : "an issuer is advertised, but the document must be at the root of a host whose name is known before the API exists: set domain, without a base_path, or remove advertised from issuers.yaml"
  }

  precondition {
    condition     = alltrue([for url in values(local.metadata_issuers) : url == "" || can(regex("^https://[A-Za-z0-9.:_-]+(/[A-Za-z0-9._~!&()*+,;=:@/-]*)?$", url))])
    error_message = "issuers: the url of an issuer with advertised: true in issuers.yaml must be one that every client can use, without a query or a variable such as {tid}: ${join(", ", [for name, url in local.metadata_issuers : "${name} has ${url}"])}."
  }
}

output "stage" {
  description = "Name of the API's stage: the environment's name, or `$default` for an HTTP API."
  value       = try(module.http_api[0].stage, var.environment)
}

output "domain_target" {
  description = "Target of the custom domain's DNS record; null without a custom domain."
  value       = local.api.domain_target
}

output "caching_mode" {
  description = "Caching mode of the authorizer's responses: `token`, `route` or `off`."
  value       = module.build.artefacts.mode
}

output "staleness_seconds" {
  description = "Longest time until a change of the permissions takes full effect: API Gateway's TTL plus the function's. While the table cannot be read, it is authorizer.serve_stale_permissions_seconds longer."
  value       = (module.build.artefacts.mode == "off" ? 0 : var.caching.ttl_seconds) + var.authorizer.permissions_ttl_seconds
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

output "user_pool_id" {
  description = "Id of the user pool, for `npx portcullis login`; null without a pool."
  value       = one(module.identity[*].user_pool_id)
}

output "user_pool_client_id" {
  description = "Id of the app client with which the pool's users sign in; null without a pool."
  value       = one(module.identity[*].client_id)
}

output "user_pool_issuer_url" {
  description = "Value of the `iss` claim in the pool's tokens; null without a pool."
  value       = one([for pool in module.identity : pool.issuer.settings.url])

  precondition {
    condition     = var.identity == null ? true : !contains(keys(var.issuers), var.identity.issuer)
    error_message = "identity.issuer must not be a name in issuers, because the user pool becomes an issuer automatically: remove its entry from issuers."
  }
}

output "user_pool_machine_clients" {
  description = "Ids of the app clients of `identity.machines`, by name, for `npx portcullis login --client-credentials`; null without a pool."
  value       = one(module.identity[*].machine_clients)
}

output "sign_in_url" {
  description = "URL of the pool's own sign-in pages; null without `identity.domain`."
  value       = one(module.identity[*].sign_in_url)
}

output "canary" {
  description = "The authorizer's newest version and its share of the requests; null without a canary."
  value       = module.authorizer.canary
}

output "sampled_backends" {
  description = "Backends without a value, which the sample backend replaces."
  value       = local.api.sampled_backends
}

output "access_log_group" {
  description = "Log group of the access log, which has one line for each request."
  value       = local.api.access_log_group
}

output "monitoring" {
  description = "ARN of the topic for alarms, and names of the dashboard and the alarms; null without `monitoring`."
  value       = one(module.observability[*].monitoring)
}

output "build_digest" {
  description = "SHA-256 of the build's manifest, which has the hashes of all artefacts. It is the same in every environment that has this build."
  value       = module.build.artefacts.digest
}

output "role_policies" {
  description = "Policies that the functions' roles need, as JSON by function, as in `iam.roles`. Null for functions that are not created."
  value = {
    authorizer     = module.authorizer.role_policy
    history-export = one(module.history_export[*].role_policy)
    metadata       = one(flatten(module.http_api[*].metadata_role_policy))
    sample-backend = one(module.sample_backend[*].role_policy)
    token-claims   = one(module.identity[*].role_policy)
  }
}

output "history_export" {
  description = "Name of the bucket with the copy of the history, and URL of the queue with what could not be copied; null without `history_export`."
  value       = one([for history in module.history_export : { bucket = history.bucket, failures_queue = history.failures_queue }])
}
