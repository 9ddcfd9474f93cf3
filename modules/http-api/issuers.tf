locals {
  # The issuers of routes that API Gateway's own JWT authorizer guards. The name of a placeholder is lower case.
  issuer_names     = { for name in keys(var.issuers) : name => replace(lower(name), "/[^a-z0-9]/", "_") }
  jwt_issuers      = { for name, placeholder in local.issuer_names : name => placeholder if strcontains(var.definition, "$${issuer_${placeholder}_url}") }
  issuer_urls      = { for name, placeholder in local.jwt_issuers : "issuer_${placeholder}_url" => var.issuers[name].url }
  issuer_audiences = { for name, placeholder in local.jwt_issuers : "issuer_${placeholder}_audiences" => jsonencode(var.issuers[name].audiences) }

  own_jwt_issuers = [for name in keys(local.jwt_issuers) : name if var.issuers[name].network == "private" || var.issuers[name].ca != null]
}
