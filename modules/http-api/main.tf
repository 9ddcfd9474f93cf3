# The values of the definition's placeholders for authorizer and backends, and the permissions to call these.
module "backends" {
  source = "../backends"

  name                = var.name
  execution_arn       = aws_apigatewayv2_api.this.execution_arn
  stage               = local.stage
  authorizer_function = var.authorizer_function
  access_path         = var.access_path
  backend_kinds       = var.backend_kinds
  backends            = var.backends
  sample_backend      = var.sample_backend
}

locals {
  stage = "$default"

  # The values of placeholders that are a part of a JSON string, escaped for it.
  string_parts = {
    for name, value in merge(module.backends.placeholders, local.issuer_urls, { resource_metadata_uri = try(aws_lambda_function.metadata[0].invoke_arn, "") }) : name => substr(jsonencode(value), 1, length(jsonencode(value)) - 2)
  }
  # The values of placeholders that are a whole JSON string, which they replace.
  values = merge(local.issuer_audiences, {
    authorizer_ttl       = jsonencode(var.authorizer_ttl_seconds)
    cors_allowed_origins = jsonencode(var.cors.allowed_origins)
    cors_allowed_headers = jsonencode([for header in var.cors.allowed_headers : lower(header)])
    cors_max_age         = jsonencode(var.cors.max_age_seconds)
  })
  template = replace(var.definition, "/\"\\$\\{(${join("|", keys(local.values))})\\}\"/", "$$${$1}")
  # The import takes over title, description and version of the body, so the API's arguments are the same.
  description = "Guarded by Portcullis"

  rendered = jsondecode(templatestring(local.template, merge(local.string_parts, local.values)))

  # The definition's own headers, and those of cors.
  allowed_headers = distinct(flatten(local.rendered["x-amazon-apigateway-cors"].allowHeaders))

  # What each operation's integration gets besides, found by the placeholder of its backend.
  timeouts = {
    for path, operations in jsondecode(var.definition).paths : path => {
      for method, operation in operations : method => merge([
        for placeholder, milliseconds in module.backends.timeouts : { timeoutInMillis = milliseconds } if anytrue([for value in values(operation) : startswith(try(value.uri, ""), placeholder)])
      ]...)
    }
  }

  # Keeps the integration that is used.
  integration = module.backends.integration_keys.used
  body = jsonencode(merge(local.rendered, {
    x-amazon-apigateway-cors = merge(local.rendered["x-amazon-apigateway-cors"], { allowHeaders = local.allowed_headers })
    info                     = merge(local.rendered.info, { title = var.name, description = local.description })
    paths = {
      for path, operations in local.rendered.paths : path => {
        for method, operation in operations : method => merge(
          { for member, value in operation : member => value if member != module.backends.integration_keys.unused },
          { for member, value in operation : member => merge(value, local.timeouts[path][method]) if member == local.integration },
        )
      } if !contains(local.dropped_paths, path)
    }
  }))
}

# The body alone defines routes, integrations and authorizers. Separate resources would overwrite it.
resource "aws_apigatewayv2_api" "this" {
  name                         = var.name
  description                  = local.description
  protocol_type                = "HTTP"
  body                         = local.body
  version                      = local.rendered.info.version
  disable_execute_api_endpoint = try(var.domain.disable_execute_api_endpoint, false)

  # Without this block the provider removes the CORS configuration of the body.
  cors_configuration {
    allow_origins = local.rendered["x-amazon-apigateway-cors"].allowOrigins
    allow_headers = local.allowed_headers
    allow_methods = local.rendered["x-amazon-apigateway-cors"].allowMethods
    max_age       = local.rendered["x-amazon-apigateway-cors"].maxAge
  }

  lifecycle {
    precondition {
      condition     = length(local.own_jwt_issuers) == 0
      error_message = "issuers: ${join(", ", local.own_jwt_issuers)} has network = \"private\" or a ca, but API Gateway itself reads its keys for routes with jwt, at public hosts and by the public roots. Remove jwt from these routes, so that the authorizer verifies their tokens."
    }
  }
}

resource "aws_apigatewayv2_deployment" "this" {
  api_id      = aws_apigatewayv2_api.this.id
  description = "The API definition that the stage serves"

  triggers = {
    redeployment = sha256(local.body)
  }

  lifecycle {
    create_before_destroy = true
  }
}

# Deployment and variables change in one update, so that no request meets the variables of one layout and the API of
# another. The default stage is not a part of the path that backends receive.
resource "aws_apigatewayv2_stage" "this" {
  api_id          = aws_apigatewayv2_api.this.id
  name            = local.stage
  deployment_id   = aws_apigatewayv2_deployment.this.id
  stage_variables = var.stage_variables
  auto_deploy     = false

  default_route_settings {
    throttling_rate_limit    = var.throttle.rate
    throttling_burst_limit   = var.throttle.burst
    detailed_metrics_enabled = var.observability.method_metrics
  }

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format          = jsonencode(local.access_log)
  }

  # The stage must not accept requests before its functions can be called.
  depends_on = [module.backends]
}
