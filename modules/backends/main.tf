locals {
  sampled            = sort(setsubtract(keys(var.backend_kinds), keys(var.backends)))
  sample_backend_uri = var.sample_backend == null ? "" : var.sample_backend.invoke_uri
  integration_keys   = { used = "x-amazon-apigateway-integration", unused = "x-portcullis-unused-integration" }

  functions   = { for name, backend in var.backends : name => backend.function_arn if backend.function_arn != null }
  arn_parts   = { for name, arn in local.functions : name => split(":", arn) }
  invoke_uris = { for name, arn in local.functions : name => "arn:${local.arn_parts[name][1]}:apigateway:${local.arn_parts[name][3]}:lambda:path/2015-03-31/functions/${arn}/invocations" }

  # A lambda backend has a URI. An operation of an http backend has two integrations, and the placeholder in its key
  # selects the one that is used.
  backend_values = {
    for name in keys(var.backend_kinds) : name => {
      uri             = lookup(local.invoke_uris, name, local.sample_backend_uri)
      url             = try(coalesce(var.backends[name].url), "")
      http_key        = contains(local.sampled, name) ? local.integration_keys.unused : local.integration_keys.used
      sample_key      = contains(local.sampled, name) ? local.integration_keys.used : local.integration_keys.unused
      connection_type = try(var.backends[name].vpc_link_id, null) == null ? "" : "VPC_LINK"
      connection_id   = try(coalesce(var.backends[name].vpc_link_id), "")
    }
  }

  timeouts = merge([
    for name, backend in var.backends : { for kind in ["uri", "url"] : "$${backend_${replace(name, "-", "_")}_${kind}}" => backend.timeout_seconds * 1000 if backend.timeout_seconds != null }
  ]...)

  # The name of a placeholder cannot contain '-'.
  backend_placeholders = merge([
    for name, values in local.backend_values : { for placeholder, value in values : "backend_${replace(name, "-", "_")}_${placeholder}" => value }
  ]...)
}

locals {
  # One statement for each route would exceed the size of a function's policy.
  source_arns = {
    authorizers = "${var.execution_arn}/authorizers/*"
    stage       = "${var.execution_arn}/${var.stage}/*/*"
  }
}

# Only this API's authorizers may call the function. The deployment that the API served before calls the previous layout's
# alias.
resource "aws_lambda_permission" "authorizer" {
  for_each = toset(concat([var.authorizer_function.alias], var.authorizer_function.kept_aliases))

  statement_id  = "${var.name}-authorizes-by-${each.key}"
  action        = "lambda:InvokeFunction"
  function_name = var.authorizer_function.name
  qualifier     = each.key
  principal     = "apigateway.amazonaws.com"
  source_arn    = local.source_arns.authorizers

  lifecycle {
    create_before_destroy = true
  }
}

# The access route calls the function too, as a backend. The previous deployment calls the previous alias.
resource "aws_lambda_permission" "access" {
  for_each = toset([for alias in concat([var.authorizer_function.alias], var.authorizer_function.kept_aliases) : alias if var.access_path != null])

  statement_id  = "${var.name}-reads-access-by-${each.key}"
  action        = "lambda:InvokeFunction"
  function_name = var.authorizer_function.name
  qualifier     = each.key
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${var.execution_arn}/${var.stage}/GET${replace(coalesce(var.access_path, "/"), "/[{][^}]*[}]/", "*")}"

  lifecycle {
    create_before_destroy = true
  }
}

# Only this stage may call the function.
resource "aws_lambda_permission" "backend" {
  for_each = local.functions

  statement_id  = "${var.name}-calls-${each.key}"
  action        = "lambda:InvokeFunction"
  function_name = join(":", slice(local.arn_parts[each.key], 0, 7))
  qualifier     = try(local.arn_parts[each.key][7], null)
  principal     = "apigateway.amazonaws.com"
  source_arn    = local.source_arns.stage
}

resource "aws_lambda_permission" "sample_backend" {
  count = length(local.sampled) > 0 ? 1 : 0

  statement_id  = "${var.name}-calls"
  action        = "lambda:InvokeFunction"
  function_name = var.sample_backend.name
  principal     = "apigateway.amazonaws.com"
  source_arn    = local.source_arns.stage
}
