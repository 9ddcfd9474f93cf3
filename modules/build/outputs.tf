output "artefacts" {
  description = "The build's artefacts for this environment: caching mode, layout, API definition, permissions, issuers, issuers with directories, hosts of the issuers with a URL, shared roles, packages, the template of the metadata document (null if no issuer is advertised), the path of the access route (null if there is none), and the build's digest. `built_mode` is the mode that the build chose, `into_sha256` the hash of the OpenAPI document that it patched, `into_files` those of the files to which it refers."
  value = {
    into_sha256     = try(tostring(local.manifest.into.sha256), "")
    into_files      = tomap(try({ for path, hash in local.manifest.into.files : path => tostring(hash) }, {}))
    built_mode      = try(tostring(local.manifest.mode), "")
    digest          = try(filesha256("${var.directory}/manifest.json"), "")
    mode            = local.mode
    layout          = try(tostring(local.manifest.layouts[local.mode]), "")
    stage_variables = tomap(try({ for name, value in local.manifest.stageVariables[local.mode] : name => tostring(value) }, {}))
    definition      = try(file("${var.directory}/api/${startswith(local.front, "http-") ? "http" : local.mode}.json"), "{}")
    backends        = tomap(try({ for name, kind in local.manifest.backends : name => tostring(kind) }, {}))
    open_methods = {
      resources = tolist(try([for resource in local.manifest.openMethods.resources : tostring(resource)], []))
      conflicts = tolist(try([for conflict in local.manifest.openMethods.conflicts : tostring(conflict)], []))
    }
    metadata = try({ template = tostring(local.manifest.metadata.template), issuers = tolist([for name in local.manifest.metadata.issuers : tostring(name)]) }, null)
    access   = try(tostring(local.manifest.access.path), null)
    items    = local.items
    plans = {
      for item in local.item_values : item.name.S => {
        throttle = try({ rate = tonumber(item.throttle.M.rate.N), burst = tonumber(item.throttle.M.burst.N) }, null)
        quota    = try({ limit = tonumber(item.quota.M.limit.N), period = item.quota.M.period.S }, null)
      } if startswith(item.sk.S, "PLAN#")
    }
    tenant_partitions = { for item in local.item_values : item.id.S => item.pk.S if item.sk.S == "TENANT" && can(item.id.S) }
    tenant_plans      = { for item in local.item_values : item.id.S => item.plan.S if item.sk.S == "TENANT" && can(item.plan.S) }
    issuers           = tolist([for key in keys(local.items) : trimprefix(key, "CATALOGUE/ISSUER#") if startswith(key, "CATALOGUE/ISSUER#")])
    directories       = tolist([for item in local.item_values : item.name.S if startswith(item.sk.S, "ISSUER#") && try(item.tenants.S, "") == "by_directory"])
    issuer_hosts = distinct(flatten([
      for item in local.item_values : [
        for url in [item.trust.M.url.S, try(item.trust.M.jwksUri.S, null)] : regex("^https://([^/:]+)", url)[0] if url != null
      ] if item.sk.S == "ISSUER" && can(item.trust.M.url.S)
    ]))
    roles = tolist([for key in keys(local.items) : trimprefix(key, "CATALOGUE/ROLE#") if startswith(key, "CATALOGUE/ROLE#")])
    packages = {
      for name in ["authorizer", "history-export", "resource-metadata", "sample-backend", "token-claims"] : name => {
        path   = "${var.directory}/${name}.zip"
        sha256 = try(filebase64sha256("${var.directory}/${name}.zip"), "")
      }
    }
  }

  precondition {
    condition     = local.manifest != null
    error_message = "There is no build in ${var.directory}. Run npx portcullis build, then plan again."
  }

  precondition {
    condition     = local.manifest == null || local.supported
    error_message = "The build in ${var.directory} is of another version of Portcullis. Run npx portcullis build, then plan again."
  }

  precondition {
    condition     = !local.supported || length(local.edited) == 0
    error_message = "The build is stale, because these policy files have changed since it was made: ${join(", ", local.edited)}. Run npx portcullis build, then plan again."
  }

  precondition {
    condition     = !local.supported || length(local.broken) == 0
    error_message = "These files of the build differ from its manifest: ${join(", ", local.broken)}. Run npx portcullis build, then plan again."
  }

  precondition {
    condition     = !local.supported || local.front == var.front
    error_message = "The build is for an API of type ${local.front}, but api_type, authorizer_type and http_api select ${var.front}. Run npx portcullis build${local.build_flags[var.front]}, then plan again."
  }

  precondition {
    condition     = !local.supported || contains(local.environments, var.environment)
    error_message = "The build has the environments ${join(", ", local.environments)}, but not ${var.environment}. Create environments/${var.environment}.tfvars, run npx portcullis build, then plan again."
  }

  precondition {
    condition     = !local.supported || contains(local.modes, local.mode)
    error_message = "Caching mode ${local.mode} is not possible for this API; the build has ${join(", ", local.modes)}. Run npx portcullis build --cache ${local.mode} to see why, or change the mode."
  }
}
