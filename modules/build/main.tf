locals {
  manifest  = try(jsondecode(file("${var.directory}/manifest.json")), null)
  supported = try(local.manifest.version, null) == 1

  # Hashes of the policy files now, and when the build was made.
  current  = { for path in fileset(var.policies_directory, "**/*.{yaml,yml,json}") : path => filesha256("${var.policies_directory}/${path}") }
  recorded = { for path, hash in try(local.manifest.sources, {}) : path => tostring(hash) }
  # Compared as sets of lines "HASH PATH", because each call of lookup() would walk through all of the map.
  current_lines  = toset([for path, hash in local.current : "${hash} ${path}"])
  recorded_lines = toset([for path, hash in local.recorded : "${hash} ${path}"])
  edited         = distinct(sort([for line in setunion(setsubtract(local.current_lines, local.recorded_lines), setsubtract(local.recorded_lines, local.current_lines)) : substr(line, 65, -1)]))

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
