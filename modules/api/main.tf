# The values of the definition's placeholders for authorizer and backends, and the permissions to call these.
module "backends" {
  source = "../backends"

  name                = var.name
  execution_arn       = aws_api_gateway_rest_api.this.execution_arn
  stage               = var.stage
  authorizer_function = var.authorizer_function
  access_path         = var.access_path
  backend_kinds       = var.backend_kinds
  backends            = var.backends
  sample_backend      = var.sample_backend
}

locals {
  # The value of each placeholder in the definition, escaped for a JSON string.
  placeholders = {
    for name, value in merge(module.backends.placeholders, {
      cors_allowed_origins = join(",", [for origin in var.cors.allowed_origins : "'${origin}'"])
      cors_error_origin    = length(var.cors.allowed_origins) == 1 ? var.cors.allowed_origins[0] : "*"
      cors_allowed_headers = join(",", var.cors.allowed_headers)
      cors_max_age         = tostring(var.cors.max_age_seconds)
      request_validator    = var.request_validation.bodies ? "parameters_and_bodies" : "parameters"
      resource_metadata    = var.resource_metadata == null ? "" : var.resource_metadata.text
      challenge            = var.resource_metadata == null ? "Bearer" : "Bearer resource_metadata=\"${var.resource_metadata.url}\""
    }) : name => substr(jsonencode(value), 1, length(jsonencode(value)) - 2)
  }

  # The template has a string that is one placeholder where a number belongs.
  template = replace(var.definition, "\"$${authorizer_ttl}\"", tostring(var.authorizer_ttl_seconds))

  # The path of the metadata document, if it is in the definition and its URL is not known.
  dropped_paths = var.resource_metadata == null && strcontains(var.definition, "$${resource_metadata}") ? ["/.well-known/oauth-protected-resource"] : []

  rendered = jsondecode(templatestring(local.template, local.placeholders))

  # What each operation's integration gets besides, found by the placeholder of its backend.
  timeouts = {
    for path, operations in jsondecode(var.definition).paths : path => {
      for method, operation in operations : method => merge([
        for placeholder, milliseconds in module.backends.timeouts : { timeoutInMillis = milliseconds } if anytrue([for value in values(operation) : startswith(try(value.uri, ""), placeholder)])
      ]...)
    }
  }

  # Keeps the integration that is used, without the members for a VPC link if there is none.
  integration = module.backends.integration_keys.used
  unused      = module.backends.integration_keys.unused
  body = jsonencode(merge(local.rendered, local.properties, {
    components = merge(local.rendered.components, { securitySchemes = merge(local.rendered.components.securitySchemes, local.api_key_scheme) })
    paths = {
      for path, operations in local.rendered.paths : path => {
        for method, operation in operations : method => merge(
          { for member, value in operation : member => value if !contains([local.integration, local.unused, "security"], member) },
          # Other authorizers return no API key, so their routes must not require one.
          { for member, value in operation : member => flatten([for requirement in value : concat([requirement], [for needed in [local.api_key_needed] : needed if length(needed) > 0 && anytrue([for scheme in keys(requirement) : startswith(scheme, "portcullis_")])])]) if member == "security" },
          { (local.integration) = merge({ for member, value in operation[local.integration] : member => value if !(startswith(member, "connection") && value == "") }, local.timeouts[path][method]) },
        )
      } if !contains(local.dropped_paths, path)
    }
  }))
}

locals {
  media_types_key = "x-amazon-apigateway-binary-media-types"
  compression_key = "x-amazon-apigateway-minimum-compression-size"

  # Properties of the API that body and resource must both have. After an import the provider sets those that are not
  # arguments to what the state has, and the next plan is empty.
  media_types    = sort(distinct(try([for media_type in local.rendered[local.media_types_key] : tostring(media_type)], [])))
  api_key_source = var.require_api_key ? "AUTHORIZER" : try(tostring(local.rendered["x-amazon-apigateway-api-key-source"]), "HEADER")
  compression    = try(tonumber(local.rendered[local.compression_key]), null)

  properties = {
    (local.media_types_key)              = local.media_types
    "x-amazon-apigateway-api-key-source" = local.api_key_source
  }
}

# The body alone defines routes, methods, authorizers and gateway responses. Separate resources would overwrite it.
resource "aws_api_gateway_rest_api" "this" {
  name                         = var.name
  description                  = "Guarded by Portcullis"
  body                         = local.body
  fail_on_warnings             = true
  api_key_source               = local.api_key_source
  binary_media_types           = local.media_types
  minimum_compression_size     = local.compression
  disable_execute_api_endpoint = try(var.domain.disable_execute_api_endpoint, false)

  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

# Deployment and variables change in one update, so that no request meets the variables of one layout and the API of
# another.
resource "aws_api_gateway_stage" "this" {
  rest_api_id           = aws_api_gateway_rest_api.this.id
  deployment_id         = aws_api_gateway_deployment.this[var.authorizer_function.alias].id
  stage_name            = var.stage
  variables             = var.stage_variables
  xray_tracing_enabled  = var.observability.tracing
  cache_cluster_enabled = false

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format          = jsonencode(local.access_log)
  }

  # The stage must not accept requests before its functions can be called.
  # AWS also rejects a stage with an access log before the account has the role. The module must not depend on it as a whole,
  # because then Terraform could not read what the last apply recorded before it creates the role.
  depends_on = [module.backends, var.log_role_arn]
}

resource "aws_api_gateway_method_settings" "all" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  stage_name  = aws_api_gateway_stage.this.stage_name
  method_path = "*/*"

  settings {
    throttling_rate_limit  = var.throttle.rate
    throttling_burst_limit = var.throttle.burst
    metrics_enabled        = var.observability.method_metrics

    # Execution logs would contain tokens and bodies. The access log has what is needed.
    logging_level      = "OFF"
    data_trace_enabled = false

    # Responses are never cached, because this cache does not distinguish callers.
    caching_enabled = false
  }
}

resource "aws_wafv2_web_acl_association" "this" {
  count = var.web_acl_arn == null ? 0 : 1

  resource_arn = aws_api_gateway_stage.this.arn
  web_acl_arn  = var.web_acl_arn
}
