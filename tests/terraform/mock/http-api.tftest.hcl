# The HTTP API, planned without AWS.

mock_provider "aws" {
  override_during = plan

  mock_resource "aws_apigatewayv2_api" {
    defaults = { id = "abcdef1234", execution_arn = "arn:aws:execute-api:eu-central-1:111122223333:abcdef1234" }
  }

  mock_resource "aws_apigatewayv2_stage" {
    defaults = { id = "$default", invoke_url = "https://abcdef1234.execute-api.eu-central-1.amazonaws.com/" }
  }

  mock_resource "aws_apigatewayv2_deployment" {
    defaults = { id = "dep1" }
  }

  mock_resource "aws_lambda_function" {
    defaults = { invoke_arn = "arn:metadata" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/portcullis-test-metadata" }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/apigateway/portcullis-test/access" }
  }
}

variables {
  name            = "portcullis-test"
  stage_variables = { portcullis_all = "all-0123456789ab" }
  authorizer_function = {
    name       = "portcullis-test-authorizer"
    alias      = "layout-0123456789ab"
    invoke_uri = "arn:authorizer"
  }
  issuers        = { main = { url = "https://login.example.com", audiences = ["api", "app"] } }
  backend_kinds  = { doc-store = "lambda", billing = "http" }
  sample_backend = { name = "portcullis-test-sample-backend", invoke_uri = "arn:sample" }
}

run "has_no_metadata_document_without_its_url" {
  command = plan

  module {
    source = "./modules/http-api"
  }

  variables {
    definition = "{\"info\": {\"version\": \"1\"}, \"paths\": {\"/.well-known/oauth-protected-resource\": {\"get\": {\"uri\": \"$${resource_metadata_uri}\"}}}, \"x-amazon-apigateway-cors\": {\"allowOrigins\": [], \"allowHeaders\": [], \"allowMethods\": [], \"maxAge\": 0}}"
  }

  assert {
    condition     = length(jsondecode(aws_apigatewayv2_api.this.body).paths) == 0 && length(aws_lambda_function.metadata) == 0
    error_message = "Neither the path nor the function is deployed."
  }
}

run "serves_the_metadata_document_by_a_function" {
  command = plan

  module {
    source = "./modules/http-api"
  }

  variables {
    definition = "{\"info\": {\"version\": \"1\"}, \"paths\": {\"/.well-known/oauth-protected-resource\": {\"get\": {\"uri\": \"$${resource_metadata_uri}\"}}}, \"x-amazon-apigateway-cors\": {\"allowOrigins\": [], \"allowHeaders\": [], \"allowMethods\": [], \"maxAge\": 0}}"
    resource_metadata = {
      text    = "{\"resource\":\"https://api.example.com\"}"
      package = { path = "build/resource-metadata.zip", sha256 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" }
      runtime = "nodejs22.x"

      environment_kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/environment"
    }
    observability = { kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/logs" }
  }

  assert {
    condition     = aws_cloudwatch_log_group.metadata[0].kms_key_id == "arn:aws:kms:eu-central-1:111122223333:key/logs"
    error_message = "The function's log has the key of all logs."
  }

  assert {
    condition     = aws_lambda_function.metadata[0].kms_key_arn == "arn:aws:kms:eu-central-1:111122223333:key/environment"
    error_message = "The function's environment has the key."
  }

  assert {
    condition     = [for statement in jsondecode(output.metadata_role_policy).Statement : statement.Resource if statement.Sid == "DecryptEnvironment"] == ["arn:aws:kms:eu-central-1:111122223333:key/environment"]
    error_message = "The role can decrypt with this key alone."
  }

  assert {
    condition     = jsondecode(aws_apigatewayv2_api.this.body).paths["/.well-known/oauth-protected-resource"].get.uri == "arn:metadata"
    error_message = "The path invokes the function."
  }

  assert {
    condition     = aws_lambda_function.metadata[0].environment[0].variables == tomap({ RESOURCE_METADATA = "{\"resource\":\"https://api.example.com\"}" })
    error_message = "The function has the document."
  }

  assert {
    condition     = aws_lambda_permission.metadata[0].source_arn == "arn:aws:execute-api:eu-central-1:111122223333:abcdef1234/$default/*/*"
    error_message = "Only this API may call it."
  }
}

run "rejects_a_metadata_document_that_is_not_json" {
  command = plan

  module {
    source = "./modules/http-api"
  }

  variables {
    definition = "{\"info\": {\"version\": \"1\"}, \"paths\": {}, \"x-amazon-apigateway-cors\": {\"allowOrigins\": [], \"allowHeaders\": [], \"allowMethods\": [], \"maxAge\": 0}}"
    resource_metadata = {
      text    = "no JSON"
      package = { path = "build/resource-metadata.zip", sha256 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" }
      runtime = "nodejs22.x"
    }
  }

  expect_failures = [var.resource_metadata]
}

run "prepare" {
  module {
    source = "./tests/terraform/mock/fixtures"
  }
}

run "invokes_the_alias_and_caches_by_layout_route_and_path" {
  command = plan

  module {
    source = "./modules/http-api"
  }

  variables {
    definition = run.prepare.http_definition
  }

  assert {
    condition = jsondecode(aws_apigatewayv2_api.this.body).components.securitySchemes.portcullis_all["x-amazon-apigateway-authorizer"] == {
      type                           = "request"
      authorizerUri                  = "arn:authorizer"
      authorizerPayloadFormatVersion = "2.0"
      enableSimpleResponses          = true
      identitySource                 = "$stageVariables.portcullis_all, $request.header.Authorization, $context.routeKey, $context.path"
      authorizerResultTtlInSeconds   = 60
    }
    error_message = "The authorizer is the alias of the layout, and its cache key is made of layout, token, route and path."
  }

  assert {
    condition     = aws_apigatewayv2_api.this.protocol_type == "HTTP" && aws_apigatewayv2_api.this.name == "portcullis-test" && jsondecode(aws_apigatewayv2_api.this.body).info == { title = "portcullis-test", description = "Guarded by Portcullis", version = "1" } && jsondecode(aws_apigatewayv2_api.this.body).paths["/documents"].get.summary == "Costs ${"$"}{price}"
    error_message = "The API is named after the deployment, and the team's own text does not change."
  }

  assert {
    condition     = aws_apigatewayv2_api.this.description == jsondecode(aws_apigatewayv2_api.this.body).info.description && aws_apigatewayv2_api.this.version == jsondecode(aws_apigatewayv2_api.this.body).info.version
    error_message = "What the import takes over is the same as the arguments, so that the next plan is empty."
  }

  assert {
    condition     = !aws_apigatewayv2_stage.this.default_route_settings[0].detailed_metrics_enabled
    error_message = "CloudWatch charges for each route's metrics, so they are off."
  }

  assert {
    condition     = module.backends.source_arns == { authorizers = "arn:aws:execute-api:eu-central-1:111122223333:abcdef1234/authorizers/*", stage = "arn:aws:execute-api:eu-central-1:111122223333:abcdef1234/$default/*/*" }
    error_message = "Only authorizers of this API may invoke the alias, and only this stage its backends."
  }

  assert {
    condition     = aws_apigatewayv2_stage.this.name == "$default" && aws_apigatewayv2_stage.this.stage_variables == tomap({ portcullis_all = "all-0123456789ab" }) && aws_apigatewayv2_stage.this.deployment_id == "dep1" && !aws_apigatewayv2_stage.this.auto_deploy
    error_message = "Variables and deployment change in one update of the stage."
  }

  assert {
    condition     = aws_apigatewayv2_deployment.this.triggers.redeployment == sha256(aws_apigatewayv2_api.this.body)
    error_message = "A change of the body is deployed."
  }

  assert {
    condition     = jsondecode(aws_apigatewayv2_stage.this.access_log_settings[0].format).reason == "$context.authorizer.reason" && output.url == "https://abcdef1234.execute-api.eu-central-1.amazonaws.com" && output.stage == "$default"
    error_message = "The log has the reason of a denial, and the URL has no slash at its end."
  }
}

run "calls_the_configured_backends" {
  command = plan

  module {
    source = "./modules/http-api"
  }

  variables {
    definition = run.prepare.http_definition
    backends = {
      doc-store = { function_arn = "arn:aws:lambda:eu-central-1:111122223333:function:documents:live" }
      billing   = { url = "https://billing.example.com/v1", timeout_seconds = 20 }
    }
  }

  assert {
    condition = jsondecode(aws_apigatewayv2_api.this.body).paths["/invoices/{invoiceId}"].get["x-amazon-apigateway-integration"] == {
      type                 = "http_proxy"
      httpMethod           = "GET"
      uri                  = "https://billing.example.com/v1/invoices/{invoiceId}"
      payloadFormatVersion = "1.0"
      timeoutInMillis      = 20000
      requestParameters = {
        "overwrite:header.X-Tenant-Id" = "$context.authorizer.tenantId"
        "overwrite:header.X-User-Id"   = "$context.authorizer.userId"
        "overwrite:header.X-Roles"     = "$context.authorizer.roles"
      }
    } && !contains(keys(jsondecode(aws_apigatewayv2_api.this.body).paths["/invoices/{invoiceId}"].get), "x-portcullis-unused-integration")
    error_message = "An http backend gets the caller in headers that replace a client's."
  }

  assert {
    condition     = jsondecode(aws_apigatewayv2_api.this.body).paths["/documents"].get["x-amazon-apigateway-integration"].uri == "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-central-1:111122223333:function:documents:live/invocations" && jsondecode(aws_apigatewayv2_api.this.body).paths["/documents"].get["x-amazon-apigateway-integration"].payloadFormatVersion == "2.0" && !can(jsondecode(aws_apigatewayv2_api.this.body).paths["/documents"].get["x-amazon-apigateway-integration"].timeoutInMillis)
    error_message = "A Lambda backend gets payload format 2.0, and without a timeout of its own API Gateway's."
  }

  assert {
    condition     = length(output.sampled_backends) == 0
    error_message = "The sample backend is not needed."
  }
}

run "leaves_routes_to_the_jwt_authorizer" {
  command = plan

  module {
    source = "./modules/http-api"
  }

  variables {
    definition = run.prepare.http_definition
  }

  assert {
    condition     = jsondecode(aws_apigatewayv2_api.this.body).components.securitySchemes.portcullis_jwt_main["x-amazon-apigateway-authorizer"].jwtConfiguration == { issuer = "https://login.example.com", audience = ["api", "app"] } && jsondecode(aws_apigatewayv2_api.this.body).paths["/me"].get.security == [{ portcullis_jwt_main = ["profile"] }]
    error_message = "Issuer and audiences are those of the environment, and the scope is that of the route."
  }
}

run "configures_cors" {
  command = plan

  module {
    source = "./modules/http-api"
  }

  variables {
    definition             = run.prepare.http_definition
    cors                   = { allowed_origins = ["https://a.example", "https://b.example"], allowed_headers = ["Authorization", "X-Tenant"], max_age_seconds = 60 }
    authorizer_ttl_seconds = 0
  }

  assert {
    condition     = jsondecode(aws_apigatewayv2_api.this.body)["x-amazon-apigateway-cors"] == { allowOrigins = ["https://a.example", "https://b.example"], allowHeaders = ["authorization", "x-tenant"], allowMethods = ["GET"], maxAge = 60 } && aws_apigatewayv2_api.this.cors_configuration[0].allow_origins == toset(["https://a.example", "https://b.example"])
    error_message = "The body and the resource have the same CORS configuration."
  }

  assert {
    condition     = jsondecode(aws_apigatewayv2_api.this.body).components.securitySchemes.portcullis_all["x-amazon-apigateway-authorizer"].authorizerResultTtlInSeconds == 0
    error_message = "Caching mode off caches nothing."
  }
}

run "serves_only_the_custom_domain" {
  command = plan

  module {
    source = "./modules/http-api"
  }

  variables {
    definition = run.prepare.http_definition
    domain     = { name = "api.example.com", certificate_arn = "arn:aws:acm:eu-central-1:111122223333:certificate/1", base_path = "v1" }
  }

  assert {
    condition     = aws_apigatewayv2_api.this.disable_execute_api_endpoint && aws_apigatewayv2_api_mapping.this[0].api_mapping_key == "v1" && aws_apigatewayv2_domain_name.this[0].domain_name_configuration[0].security_policy == "TLS_1_2" && output.url == "https://api.example.com/v1"
    error_message = "The API is available only at its domain."
  }
}

run "rejects_an_invalid_name" {
  command = plan

  module {
    source = "./modules/http-api"
  }

  variables {
    definition = run.prepare.http_definition
    name       = "Portcullis!"
  }

  expect_failures = [var.name]
}

run "rejects_an_invalid_definition" {
  command = plan

  module {
    source = "./modules/http-api"
  }

  variables {
    definition = "{}"
  }

  expect_failures = [var.definition]
}

run "rejects_stage_variables_of_a_rest_api" {
  command = plan

  module {
    source = "./modules/http-api"
  }

  variables {
    definition      = run.prepare.http_definition
    stage_variables = { portcullis_g1 = "g1-0123456789ab" }
  }

  expect_failures = [var.stage_variables]
}

run "rejects_a_ttl_of_a_day" {
  command = plan

  module {
    source = "./modules/http-api"
  }

  variables {
    definition             = run.prepare.http_definition
    authorizer_ttl_seconds = 86400
  }

  expect_failures = [var.authorizer_ttl_seconds]
}

run "rejects_a_jwks_uri_for_the_jwt_authorizer" {
  command = plan

  module {
    source = "./modules/http-api"
  }

  variables {
    definition = run.prepare.http_definition
    issuers    = { main = { url = "https://login.example.com", jwks_uri = "https://keys.example.com", audiences = ["api"] } }
  }

  expect_failures = [var.definition]
}

run "rejects_elliptic_curves_for_the_jwt_authorizer" {
  command = plan

  module {
    source = "./modules/http-api"
  }

  variables {
    definition = run.prepare.http_definition
    issuers    = { main = { url = "https://login.example.com", audiences = ["api"], algorithms = ["ES256"] } }
  }

  expect_failures = [var.definition]
}

run "rejects_a_vpc_link" {
  command = plan

  module {
    source = "./modules/http-api"
  }

  variables {
    definition = run.prepare.http_definition
    backends   = { billing = { url = "https://billing.example.com", vpc_link_id = "abc" } }
  }

  expect_failures = [var.backend_kinds]
}

run "rejects_a_backend_without_tls" {
  command = plan

  module {
    source = "./modules/http-api"
  }

  variables {
    definition = run.prepare.http_definition
    backends   = { billing = { url = "http://billing.example.com" } }
  }

  expect_failures = [var.backends]
}

run "rejects_a_throttle_rate_of_0" {
  command = plan

  module {
    source = "./modules/http-api"
  }

  variables {
    definition = run.prepare.http_definition
    throttle   = { rate = 0 }
  }

  expect_failures = [var.throttle]
}

run "rejects_an_invalid_domain" {
  command = plan

  module {
    source = "./modules/http-api"
  }

  variables {
    definition = run.prepare.http_definition
    domain     = { name = "https://api", certificate_arn = "arn:aws:acm:eu-central-1:111122223333:certificate/1" }
  }

  expect_failures = [var.domain]
}

run "rejects_a_retention_that_cloudwatch_does_not_support" {
  command = plan

  module {
    source = "./modules/http-api"
  }

  variables {
    definition    = run.prepare.http_definition
    observability = { retention_days = 2 }
  }

  expect_failures = [var.observability]
}

run "uses_an_existing_role_and_subnets_for_the_metadata_document" {
  command = plan

  module {
    source = "./modules/http-api"
  }

  variables {
    definition = "{\"info\": {\"version\": \"1\"}, \"paths\": {}, \"x-amazon-apigateway-cors\": {\"allowOrigins\": [], \"allowHeaders\": [], \"allowMethods\": [], \"maxAge\": 0}}"
    iam        = { roles = { metadata = "arn:aws:iam::111122223333:role/teams/own" } }
    vpc        = { subnet_ids = ["subnet-0a"], security_group_ids = ["sg-0a"], nat = true }
    resource_metadata = {
      text    = "{\"resource\":\"https://api.example.com\"}"
      package = { path = "build/resource-metadata.zip", sha256 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" }
      runtime = "nodejs22.x"
    }
  }

  assert {
    condition     = aws_lambda_function.metadata[0].role == "arn:aws:iam::111122223333:role/teams/own" && aws_lambda_function.metadata[0].vpc_config[0].subnet_ids == toset(["subnet-0a"])
    error_message = "The function runs as the existing role, in the subnets."
  }
}

run "rejects_a_private_issuer_whose_keys_api_gateway_reads" {
  command = plan

  module {
    source = "./modules/http-api"
  }

  variables {
    definition = "{\"info\": {\"version\": \"1\"}, \"paths\": {}, \"issuer\": \"$${issuer_main_url}\", \"x-amazon-apigateway-cors\": {\"allowOrigins\": [], \"allowHeaders\": [], \"allowMethods\": [], \"maxAge\": 0}}"
    issuers    = { main = { url = "https://login.corp.internal", audiences = ["api"], network = "private" } }
  }

  expect_failures = [aws_apigatewayv2_api.this]
}

run "rejects_a_ca_of_an_issuer_whose_keys_api_gateway_reads" {
  command = plan

  module {
    source = "./modules/http-api"
  }

  variables {
    definition = "{\"info\": {\"version\": \"1\"}, \"paths\": {}, \"issuer\": \"$${issuer_main_url}\", \"x-amazon-apigateway-cors\": {\"allowOrigins\": [], \"allowHeaders\": [], \"allowMethods\": [], \"maxAge\": 0}}"
    issuers    = { main = { url = "https://login.example.com", audiences = ["api"], ca = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n" } }
  }

  expect_failures = [aws_apigatewayv2_api.this]
}
