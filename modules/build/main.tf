locals {
  manifest  = try(jsondecode(file("${var.directory}/manifest.json")), null)
  supported = try(local.manifest.version, null) == 1

  # Hashes of the policy files now, and when the build was made.
  current  = { for path in fileset(var.policies_directory, "**/*.{yaml,yml,json}") : path => filesha256("${var.policies_directory}/${path}") }
  recorded = { for path, hash in try(local.manifest.sources, {}) : path => tostring(hash) }
  edited   = sort([for path in setunion(keys(local.current), keys(local.recorded)) : path if lookup(local.current, path, "") != lookup(local.recorded, path, "")])

  artefacts = { for path, hash in try(local.manifest.files, {}) : path => tostring(hash) }
  broken    = sort([for path, hash in local.artefacts : path if try(filesha256("${var.directory}/${path}"), "") != hash])

  front = try(tostring(local.manifest.front), "rest")
  build_flags = {
    rest        = ""
    rest-token  = " --authorizer-type token"
    http-simple = " --api-type http"
    http-iam    = " --api-type http --http-response iam"
  }

  environments = try([for name in local.manifest.environments : tostring(name)], [])
  modes        = try(keys(local.manifest.layouts), [])
  mode         = var.caching_mode == "auto" ? try(local.manifest.mode, "") : var.caching_mode
  item_values  = [for item in values(local.items) : jsondecode(item)]
  items        = try({ for key, item in jsondecode(file("${var.directory}/permissions/${var.environment}.dynamodb.json")) : key => tostring(item) }, {})
}
