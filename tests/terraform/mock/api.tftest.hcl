# The API, planned without AWS.

mock_provider "aws" {
  override_during = plan

  mock_resource "aws_api_gateway_rest_api" {
    defaults = { id = "abcdef1234", execution_arn = "arn:aws:execute-api:eu-central-1:111122223333:abcdef1234" }
  }

  mock_resource "aws_api_gateway_stage" {
    defaults = {
      arn        = "arn:aws:apigateway:eu-central-1::/restapis/abcdef1234/stages/test"
      invoke_url = "https://abcdef1234.execute-api.eu-central-1.amazonaws.com/test"
    }
  }

  mock_resource "aws_api_gateway_domain_name" {
    defaults = { regional_domain_name = "d-1.execute-api.eu-central-1.amazonaws.com", regional_zone_id = "Z1" }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/apigateway/portcullis-test/access" }
  }

}

variables {
  name            = "portcullis-test"
  stage           = "test"
  stage_variables = { portcullis_g1 = "g1-0123456789ab" }
  authorizer_function = {
    name       = "portcullis-test-authorizer"
    alias      = "layout-0123456789ab"
    invoke_uri = "arn:authorizer"
  }
  backend_kinds  = { doc-store = "lambda", billing = "http" }
  sample_backend = { name = "portcullis-test-sample-backend", invoke_uri = "arn:sample" }
  open_methods   = { resources = ["GET/health", "OPTIONS/*"], conflicts = [] }
}

run "prepare" {
  module {
    source = "./tests/terraform/mock/fixtures"
  }
}

run "invokes_the_alias_from_each_authorizer" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = run.prepare.definition
  }

  assert {
    condition     = jsondecode(aws_api_gateway_rest_api.this.body).components.securitySchemes.portcullis_g1["x-amazon-apigateway-authorizer"].authorizerUri == "arn:authorizer"
    error_message = "Authorizers invoke the alias."
  }

  assert {
    condition     = jsondecode(aws_api_gateway_rest_api.this.body).components.securitySchemes.portcullis_g1["x-amazon-apigateway-authorizer"].authorizerResultTtlInSeconds == 60
    error_message = "By default responses are cached for 60 s, and the value is a number."
  }

  assert {
    condition     = jsondecode(aws_api_gateway_rest_api.this.body).info.title == "Costs ${"$"}{price}"
    error_message = "The team's own text does not change."
  }

  assert {
    condition     = module.backends.source_arns == { authorizers = "arn:aws:execute-api:eu-central-1:111122223333:abcdef1234/authorizers/*", stage = "arn:aws:execute-api:eu-central-1:111122223333:abcdef1234/test/*/*" }
    error_message = "Only authorizers of this API may invoke the alias, and only this stage its backends."
  }

  assert {
    condition     = one(aws_api_gateway_rest_api.this.endpoint_configuration).types == tolist(["REGIONAL"]) && !aws_api_gateway_rest_api.this.disable_execute_api_endpoint
    error_message = "The API is regional, and available at the URL that AWS assigns."
  }
}

run "keeps_the_previous_layouts_deployment_as_it_was" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = run.prepare.definition
    authorizer_function = {
      name         = "portcullis-test-authorizer"
      alias        = "layout-0123456789ab"
      invoke_uri   = "arn:authorizer"
      kept_aliases = ["layout-ba9876543210", "layout-without-deployment"]
    }
  }

  override_data {
    target = data.aws_ssm_parameters_by_path.deployments
    values = { names = ["/portcullis-test-api/deployments"], values = ["{\"layout-ba9876543210\":\"recorded\",\"layout-cccccccccccc\":\"older\"}"] }
  }

  assert {
    condition     = { for alias, deployment in aws_api_gateway_deployment.this : alias => deployment.triggers.redeployment == "recorded" } == { layout-0123456789ab = false, layout-ba9876543210 = true }
    error_message = "Its trigger is what was recorded, so it is not made again."
  }

  assert {
    condition     = jsondecode(aws_api_gateway_deployment.this["layout-0123456789ab"].description) == { function = "portcullis-test-authorizer", alias = "layout-0123456789ab", variables = { portcullis_g1 = "g1-0123456789ab" } }
    error_message = "The current one has what a rollback to it needs."
  }

  assert {
    condition     = keys(jsondecode(aws_ssm_parameter.deployments.insecure_value)) == ["layout-0123456789ab", "layout-ba9876543210"]
    error_message = "The next apply finds both."
  }
}

run "has_no_metadata_document_without_its_url" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = run.prepare.definition
  }

  assert {
    condition     = keys(jsondecode(aws_api_gateway_rest_api.this.body).paths) == ["/health", "/invoices/{invoiceId}"]
    error_message = "The path of the document is not deployed."
  }

  assert {
    condition     = jsondecode(aws_api_gateway_rest_api.this.body)["x-amazon-apigateway-gateway-responses"].UNAUTHORIZED.responseParameters["gatewayresponse.header.WWW-Authenticate"] == "'Bearer'"
    error_message = "A 401 names no document."
  }
}

run "keeps_a_route_of_the_team_at_the_path_of_the_metadata_document" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = replace(run.prepare.definition, "$${resource_metadata}", "the team's own")
  }

  assert {
    condition     = keys(jsondecode(aws_api_gateway_rest_api.this.body).paths) == ["/.well-known/oauth-protected-resource", "/health", "/invoices/{invoiceId}"]
    error_message = "Only the path that Portcullis adds is left out."
  }
}

run "serves_the_metadata_document_and_names_it_in_a_401" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition        = run.prepare.definition
    resource_metadata = { url = "https://api.example.com/.well-known/oauth-protected-resource", text = "{\"resource_name\":\"a \\u0024\"}" }
  }

  assert {
    condition     = jsondecode(aws_api_gateway_rest_api.this.body).paths["/.well-known/oauth-protected-resource"].get["x-amazon-apigateway-integration"].responses.default.responseTemplates["application/json"] == "{\"resource_name\":\"a \\u0024\"}"
    error_message = "The response is the document as it is."
  }

  assert {
    condition     = jsondecode(aws_api_gateway_rest_api.this.body)["x-amazon-apigateway-gateway-responses"].UNAUTHORIZED.responseParameters["gatewayresponse.header.WWW-Authenticate"] == "'Bearer resource_metadata=\"https://api.example.com/.well-known/oauth-protected-resource\"'"
    error_message = "A 401 names the document."
  }
}

run "rejects_a_metadata_document_that_a_mapping_template_would_read" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition        = run.prepare.definition
    resource_metadata = { url = "https://api.example.com/.well-known/oauth-protected-resource", text = "{\"a\":\"$input\"}" }
  }

  expect_failures = [var.resource_metadata]
}

run "uses_the_sample_backend_for_backends_without_a_value" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = run.prepare.definition
  }

  assert {
    condition     = jsondecode(aws_api_gateway_rest_api.this.body).paths["/health"].get["x-amazon-apigateway-integration"].uri == "arn:sample" && jsondecode(aws_api_gateway_rest_api.this.body).paths["/invoices/{invoiceId}"].get["x-amazon-apigateway-integration"] == { type = "aws_proxy", httpMethod = "POST", uri = "arn:sample" }
    error_message = "The sample backend replaces both kinds."
  }

  assert {
    condition     = keys(jsondecode(aws_api_gateway_rest_api.this.body).paths["/invoices/{invoiceId}"].get) == ["security", "x-amazon-apigateway-integration"]
    error_message = "The integration that is not in use is not deployed."
  }

  assert {
    condition     = output.sampled_backends == tolist(["billing", "doc-store"])
    error_message = "The output names the replaced backends."
  }
}

run "calls_the_configured_backends" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = run.prepare.definition
    backends = {
      doc-store = { function_arn = "arn:aws:lambda:eu-central-1:111122223333:function:documents:live" }
      billing   = { url = "https://billing.example.com/v1" }
    }
    sample_backend = null
  }

  assert {
    condition     = jsondecode(aws_api_gateway_rest_api.this.body).paths["/health"].get["x-amazon-apigateway-integration"].uri == "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-central-1:111122223333:function:documents:live/invocations"
    error_message = "A lambda backend is invoked by its ARN, alias included."
  }

  assert {
    condition     = jsondecode(aws_api_gateway_rest_api.this.body).paths["/invoices/{invoiceId}"].get["x-amazon-apigateway-integration"] == { type = "http_proxy", httpMethod = "GET", uri = "https://billing.example.com/v1/invoices/{invoiceId}", requestParameters = { "integration.request.header.X-Tenant-Id" = "context.authorizer.tenantId" } }
    error_message = "An http backend gets path and caller, and the integration has no VPC link."
  }

  assert {
    condition     = length(output.sampled_backends) == 0
    error_message = "The sample backend is not needed."
  }
}

run "reaches_an_http_backend_by_a_vpc_link" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = run.prepare.definition
    backends   = { billing = { url = "http://billing.internal", vpc_link_id = "link-1" } }
  }

  assert {
    condition     = jsondecode(aws_api_gateway_rest_api.this.body).paths["/invoices/{invoiceId}"].get["x-amazon-apigateway-integration"].connectionType == "VPC_LINK" && jsondecode(aws_api_gateway_rest_api.this.body).paths["/invoices/{invoiceId}"].get["x-amazon-apigateway-integration"].connectionId == "link-1" && jsondecode(aws_api_gateway_rest_api.this.body).paths["/invoices/{invoiceId}"].get["x-amazon-apigateway-integration"].uri == "http://billing.internal/invoices/{invoiceId}"
    error_message = "The integration names the VPC link."
  }
}

run "waits_for_a_backend_as_long_as_configured" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = run.prepare.definition
    backends = {
      doc-store = { function_arn = "arn:aws:lambda:eu-central-1:111122223333:function:documents:live", timeout_seconds = 300 }
      billing   = { url = "https://billing.example.com/v1" }
    }
    sample_backend = null
  }

  assert {
    condition     = jsondecode(aws_api_gateway_rest_api.this.body).paths["/health"].get["x-amazon-apigateway-integration"].timeoutInMillis == 300000
    error_message = "The backend has its timeout."
  }

  assert {
    condition     = !can(jsondecode(aws_api_gateway_rest_api.this.body).paths["/invoices/{invoiceId}"].get["x-amazon-apigateway-integration"].timeoutInMillis) && !can(jsondecode(aws_api_gateway_rest_api.this.body).paths["/health"].options["x-amazon-apigateway-integration"].timeoutInMillis)
    error_message = "Another backend and preflight have API Gateway's own timeout."
  }
}

run "answers_preflight_with_origins_and_headers" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = run.prepare.definition
    cors       = { allowed_origins = ["https://a.example", "https://b.example"], allowed_headers = ["Authorization", "X-Trace"], max_age_seconds = 60 }
  }

  assert {
    condition     = jsondecode(aws_api_gateway_rest_api.this.body).paths["/health"].options["x-amazon-apigateway-integration"].responses.default.responseTemplates["application/json"] == "#set($allowed = ['https://a.example','https://b.example'])"
    error_message = "Preflight has the origins."
  }

  assert {
    condition     = jsondecode(aws_api_gateway_rest_api.this.body).paths["/health"].options["x-amazon-apigateway-integration"].responses.default.responseParameters == { "method.response.header.Access-Control-Allow-Headers" = "'Authorization,X-Trace'", "method.response.header.Access-Control-Max-Age" = "'60'" }
    error_message = "Preflight has the headers."
  }

  assert {
    condition     = jsondecode(aws_api_gateway_rest_api.this.body)["x-amazon-apigateway-gateway-responses"].DEFAULT_4XX.responseParameters["gatewayresponse.header.Access-Control-Allow-Origin"] == "'*'"
    error_message = "With several origins every origin can read errors, because they cannot distinguish origins."
  }
}

run "lets_the_only_origin_read_errors" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = run.prepare.definition
    cors       = { allowed_origins = ["https://a.example"] }
  }

  assert {
    condition     = jsondecode(aws_api_gateway_rest_api.this.body)["x-amazon-apigateway-gateway-responses"].DEFAULT_4XX.responseParameters["gatewayresponse.header.Access-Control-Allow-Origin"] == "'https://a.example'"
    error_message = "Only this origin can read errors."
  }
}

run "creates_a_stage_that_logs_throttles_and_never_caches_responses" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = run.prepare.definition
  }

  assert {
    condition     = aws_api_gateway_stage.this.stage_name == "test" && aws_api_gateway_stage.this.variables == tomap({ portcullis_g1 = "g1-0123456789ab" })
    error_message = "The stage has each group's variable."
  }

  assert {
    condition     = !aws_api_gateway_stage.this.cache_cluster_enabled && !aws_api_gateway_method_settings.all.settings[0].caching_enabled
    error_message = "Responses are never cached."
  }

  assert {
    condition     = aws_api_gateway_stage.this.xray_tracing_enabled
    error_message = "It is traced."
  }

  assert {
    condition     = aws_api_gateway_method_settings.all.method_path == "*/*" && aws_api_gateway_method_settings.all.settings[0].throttling_rate_limit == 1000 && aws_api_gateway_method_settings.all.settings[0].throttling_burst_limit == 500
    error_message = "Every method is throttled."
  }

  assert {
    condition     = aws_api_gateway_method_settings.all.settings[0].logging_level == "OFF" && !aws_api_gateway_method_settings.all.settings[0].data_trace_enabled
    error_message = "Execution logs, which would hold tokens, are off."
  }

  assert {
    condition     = aws_api_gateway_stage.this.access_log_settings[0].destination_arn == aws_cloudwatch_log_group.access.arn && aws_cloudwatch_log_group.access.name == "/aws/apigateway/portcullis-test/access"
    error_message = "It logs requests."
  }

  assert {
    condition     = { for field, value in jsondecode(aws_api_gateway_stage.this.access_log_settings[0].format) : field => value if contains(["requestId", "tenantId", "userId", "group", "policyVersion", "authorizerStatus", "authorizerMs", "authorizerError"], field) } == { requestId = "$context.extendedRequestId", tenantId = "$context.authorizer.tenantId", userId = "$context.authorizer.userId", group = "$context.authorizer.group", policyVersion = "$context.authorizer.policyVersion", authorizerStatus = "$context.authorizer.status", authorizerMs = "$context.authorizer.latency", authorizerError = "$context.authorizer.error" }
    error_message = "A line has the caller, the group, the policy's version and the authorizer's outcome."
  }

  assert {
    condition     = !strcontains(aws_api_gateway_stage.this.access_log_settings[0].format, "$context.requestId") && !strcontains(lower(aws_api_gateway_stage.this.access_log_settings[0].format), "header")
    error_message = "A line has no id that clients can choose, and no header."
  }

  assert {
    condition     = length(aws_wafv2_web_acl_association.this) == 0 && length(aws_api_gateway_domain_name.this) == 0 && length(aws_api_gateway_rest_api_policy.this) == 0
    error_message = "By default there is no firewall, domain or resource policy."
  }

  assert {
    condition     = output.url == "https://abcdef1234.execute-api.eu-central-1.amazonaws.com/test" && output.domain_target == null
    error_message = "The URL is that of AWS."
  }
}

run "applies_the_settings_of_the_stage" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition             = run.prepare.definition
    throttle               = { rate = 5.5, burst = 7 }
    observability          = { tracing = false, retention_days = 90, kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/logs" }
    authorizer_ttl_seconds = 300
    web_acl_arn            = "arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/x/1"
  }

  assert {
    condition     = aws_api_gateway_method_settings.all.settings[0].throttling_rate_limit == 5.5 && aws_api_gateway_method_settings.all.settings[0].throttling_burst_limit == 7 && !aws_api_gateway_stage.this.xray_tracing_enabled
    error_message = "Throttling and tracing are as configured."
  }

  assert {
    condition     = aws_cloudwatch_log_group.access.retention_in_days == 90 && aws_cloudwatch_log_group.access.kms_key_id == "arn:aws:kms:eu-central-1:111122223333:key/logs"
    error_message = "The log has the key and the retention given."
  }

  assert {
    condition     = jsondecode(aws_api_gateway_rest_api.this.body).components.securitySchemes.portcullis_g1["x-amazon-apigateway-authorizer"].authorizerResultTtlInSeconds == 300
    error_message = "Responses are cached for the configured time."
  }

  assert {
    condition     = aws_wafv2_web_acl_association.this[0].resource_arn == aws_api_gateway_stage.this.arn && aws_wafv2_web_acl_association.this[0].web_acl_arn == "arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/x/1"
    error_message = "The firewall protects the stage."
  }
}

run "serves_only_the_custom_domain" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = run.prepare.definition
    domain     = { name = "api.example.com", certificate_arn = "arn:aws:acm:eu-central-1:111122223333:certificate/1", base_path = "v1" }
  }

  assert {
    condition     = aws_api_gateway_rest_api.this.disable_execute_api_endpoint
    error_message = "The URL that AWS assigns is disabled."
  }

  assert {
    condition     = aws_api_gateway_domain_name.this[0].domain_name == "api.example.com" && aws_api_gateway_domain_name.this[0].security_policy == "TLS_1_2" && aws_api_gateway_base_path_mapping.this[0].base_path == "v1"
    error_message = "The domain refers to the stage."
  }

  assert {
    condition     = output.url == "https://api.example.com/v1" && output.domain_target == { name = "d-1.execute-api.eu-central-1.amazonaws.com", zone_id = "Z1" }
    error_message = "The output has the target of the domain's record."
  }
}

run "accepts_old_versions_of_tls_only_if_configured" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = run.prepare.definition
    domain     = { name = "api.example.com", certificate_arn = "arn:aws:acm:eu-central-1:111122223333:certificate/1", security_policy = "TLS_1_0" }
  }

  assert {
    condition     = aws_api_gateway_domain_name.this[0].security_policy == "TLS_1_0"
    error_message = "The domain has the configured policy."
  }
}

run "serves_the_custom_domain_and_the_url_of_aws_if_configured" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = run.prepare.definition
    domain     = { name = "api.example.com", certificate_arn = "arn:aws:acm:eu-central-1:111122223333:certificate/1", disable_execute_api_endpoint = false }
  }

  assert {
    condition     = !aws_api_gateway_rest_api.this.disable_execute_api_endpoint && aws_api_gateway_base_path_mapping.this[0].base_path == null && output.url == "https://api.example.com"
    error_message = "The whole domain refers to the stage, and the URL that AWS assigns is enabled."
  }
}

run "denies_what_the_team_denies_and_allows_only_methods_without_authorizer" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = run.prepare.definition
    denies = [
      { sid = "OfficeOnly", conditions = { NotIpAddress = { "aws:SourceIp" = ["203.0.113.0/24"] } } },
      { sid = "NoDeletes", resources = ["DELETE/*"] },
    ]
  }

  assert {
    condition     = length(jsondecode(aws_api_gateway_rest_api_policy.this[0].policy).Statement) == 3 && jsondecode(aws_api_gateway_rest_api_policy.this[0].policy).Statement[0] == { Sid = "OfficeOnly", Effect = "Deny", Principal = "*", Action = "execute-api:Invoke", Resource = ["arn:aws:execute-api:eu-central-1:111122223333:abcdef1234/test/*"], Condition = { NotIpAddress = { "aws:SourceIp" = ["203.0.113.0/24"] } } }
    error_message = "The policy has the team's Deny with its condition."
  }

  assert {
    condition     = jsondecode(aws_api_gateway_rest_api_policy.this[0].policy).Statement[1] == { Sid = "NoDeletes", Effect = "Deny", Principal = "*", Action = "execute-api:Invoke", Resource = ["arn:aws:execute-api:eu-central-1:111122223333:abcdef1234/test/DELETE/*"] }
    error_message = "A Deny without a condition always applies."
  }

  assert {
    condition     = jsondecode(aws_api_gateway_rest_api_policy.this[0].policy).Statement[2] == { Sid = "MethodsWithoutAuthorizer", Effect = "Allow", Principal = "*", Action = "execute-api:Invoke", Resource = ["arn:aws:execute-api:eu-central-1:111122223333:abcdef1234/test/GET/health", "arn:aws:execute-api:eu-central-1:111122223333:abcdef1234/test/OPTIONS/*"] }
    error_message = "The one Allow matches public routes and preflight, and no guarded route."
  }
}

run "rejects_an_invalid_name" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = run.prepare.definition
    name       = "no spaces"
  }

  expect_failures = [var.name]
}

run "rejects_an_invalid_stage" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = run.prepare.definition
    stage      = "a/b"
  }

  expect_failures = [var.stage]
}

run "rejects_stage_variables_without_the_prefix" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition      = run.prepare.definition
    stage_variables = { other = "x" }
  }

  expect_failures = [var.stage_variables]
}

run "rejects_missing_stage_variables" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition      = run.prepare.definition
    stage_variables = {}
  }

  expect_failures = [var.stage_variables]
}

run "rejects_a_ttl_of_0" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition             = run.prepare.definition
    authorizer_ttl_seconds = 0
  }

  expect_failures = [var.authorizer_ttl_seconds]
}

run "rejects_a_ttl_beyond_an_hour" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition             = run.prepare.definition
    authorizer_ttl_seconds = 3601
  }

  expect_failures = [var.authorizer_ttl_seconds]
}

run "rejects_invalid_open_methods" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition   = run.prepare.definition
    open_methods = { resources = ["/health"], conflicts = [] }
  }

  expect_failures = [var.open_methods]
}

run "rejects_an_origin_with_a_path" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = run.prepare.definition
    cors       = { allowed_origins = ["https://app.example.com/"] }
  }

  expect_failures = [var.cors]
}

run "rejects_cors_without_origin" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = run.prepare.definition
    cors       = { allowed_origins = [] }
  }

  expect_failures = [var.cors]
}

run "rejects_an_invalid_header" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = run.prepare.definition
    cors       = { allowed_headers = ["X Trace"] }
  }

  expect_failures = [var.cors]
}

run "rejects_a_preflight_cache_beyond_a_day" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = run.prepare.definition
    cors       = { max_age_seconds = 86401 }
  }

  expect_failures = [var.cors]
}

run "rejects_a_throttle_rate_of_0" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = run.prepare.definition
    throttle   = { rate = 0 }
  }

  expect_failures = [var.throttle]
}

run "rejects_a_burst_that_is_not_whole" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = run.prepare.definition
    throttle   = { burst = 0.5 }
  }

  expect_failures = [var.throttle]
}

run "rejects_a_retention_that_cloudwatch_does_not_support" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition    = run.prepare.definition
    observability = { retention_days = 42 }
  }

  expect_failures = [var.observability]
}

run "rejects_an_invalid_key_for_logs" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition    = run.prepare.definition
    observability = { kms_key_arn = "alias/logs" }
  }

  expect_failures = [var.observability]
}

run "rejects_a_domain_that_is_a_url" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = run.prepare.definition
    domain     = { name = "https://api.example.com", certificate_arn = "arn:aws:acm:eu-central-1:111122223333:certificate/1" }
  }

  expect_failures = [var.domain]
}

run "rejects_an_invalid_certificate" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = run.prepare.definition
    domain     = { name = "api.example.com", certificate_arn = "mine" }
  }

  expect_failures = [var.domain]
}

run "rejects_a_base_path_of_two_segments" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = run.prepare.definition
    domain     = { name = "api.example.com", certificate_arn = "arn:aws:acm:eu-central-1:111122223333:certificate/1", base_path = "a/b" }
  }

  expect_failures = [var.domain]
}

run "rejects_a_firewall_of_cloudfront" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition  = run.prepare.definition
    web_acl_arn = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/x/1"
  }

  expect_failures = [var.web_acl_arn]
}

run "rejects_a_deny_with_the_sid_of_the_allow" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = run.prepare.definition
    denies     = [{ sid = "MethodsWithoutAuthorizer" }]
  }

  expect_failures = [var.denies]
}

run "rejects_two_denies_with_one_sid" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = run.prepare.definition
    denies     = [{ sid = "One" }, { sid = "One" }]
  }

  expect_failures = [var.denies]
}

run "rejects_a_deny_without_resources" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = run.prepare.definition
    denies     = [{ sid = "One", resources = [] }]
  }

  expect_failures = [var.denies]
}

run "rejects_a_resource_without_method" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = run.prepare.definition
    denies     = [{ sid = "One", resources = ["/documents"] }]
  }

  expect_failures = [var.denies]
}

run "rejects_a_resource_policy_that_cannot_be_exact" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition   = run.prepare.definition
    denies       = [{ sid = "One" }]
    open_methods = { resources = ["GET/open/?*"], conflicts = ["GET /open/{name}, which is open, also matches requests of GET /open/{name}/secret"] }
  }

  expect_failures = [var.open_methods]
}

run "rejects_an_invalid_definition" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = "openapi: 3.0.3"
  }

  expect_failures = [var.definition]
}

run "requires_no_api_key_by_default" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = run.prepare.definition
  }

  assert {
    condition     = jsondecode(aws_api_gateway_rest_api.this.body).paths["/invoices/{invoiceId}"].get.security == [{ portcullis_g1 = [] }] && keys(jsondecode(aws_api_gateway_rest_api.this.body).components.securitySchemes) == ["portcullis_g1"] && jsondecode(aws_api_gateway_rest_api.this.body)["x-amazon-apigateway-api-key-source"] == "HEADER"
    error_message = "Without usage plans no method requires a key."
  }
}

run "requires_the_api_key_that_the_authorizer_returns" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition      = run.prepare.definition
    require_api_key = true
  }

  assert {
    condition     = jsondecode(aws_api_gateway_rest_api.this.body)["x-amazon-apigateway-api-key-source"] == "AUTHORIZER" && jsondecode(aws_api_gateway_rest_api.this.body).components.securitySchemes.api_key == { type = "apiKey", name = "x-api-key", in = "header" }
    error_message = "The key comes from the authorizer, never from the client."
  }

  assert {
    condition     = aws_api_gateway_rest_api.this.api_key_source == "AUTHORIZER"
    error_message = "The provider does not put back what the state has after the import."
  }

  assert {
    condition     = jsondecode(aws_api_gateway_rest_api.this.body).paths["/invoices/{invoiceId}"].get.security == [{ portcullis_g1 = [] }, { api_key = [] }]
    error_message = "A guarded method requires a key in addition to its authorizer."
  }

  assert {
    condition     = !can(jsondecode(aws_api_gateway_rest_api.this.body).paths["/health"].get.security) && !can(jsondecode(aws_api_gateway_rest_api.this.body).paths["/health"].options.security)
    error_message = "Public routes and preflight require no key."
  }

  assert {
    condition     = output.stage == { api_id = "abcdef1234", name = "test" }
    error_message = "The output has API and stage for usage plans."
  }
}

run "sets_properties_of_the_api_as_the_body_does" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = jsonencode(merge(jsondecode(run.prepare.definition), {
      "x-amazon-apigateway-binary-media-types"       = ["image/png", "application/pdf"]
      "x-amazon-apigateway-minimum-compression-size" = 1024
    }))
  }

  assert {
    condition     = aws_api_gateway_rest_api.this.binary_media_types == tolist(["application/pdf", "image/png"]) && jsondecode(aws_api_gateway_rest_api.this.body)["x-amazon-apigateway-binary-media-types"] == ["application/pdf", "image/png"]
    error_message = "Argument and body have the same media types in the same order."
  }

  assert {
    condition     = aws_api_gateway_rest_api.this.minimum_compression_size == "1024" && aws_api_gateway_rest_api.this.api_key_source == "HEADER"
    error_message = "The other properties are arguments too."
  }

  assert {
    condition     = aws_api_gateway_rest_api.this.fail_on_warnings
    error_message = "The apply fails if API Gateway drops a part of the body."
  }
}

run "writes_metrics_for_each_method_only_if_asked" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = run.prepare.definition
  }

  assert {
    condition     = !aws_api_gateway_method_settings.all.settings[0].metrics_enabled
    error_message = "CloudWatch charges for each method's metrics, so they are off."
  }
}

run "writes_metrics_for_each_method" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition    = run.prepare.definition
    observability = { method_metrics = true }
  }

  assert {
    condition     = aws_api_gateway_method_settings.all.settings[0].metrics_enabled
    error_message = "API Gateway writes metrics for each method."
  }
}

run "validates_only_parameters_by_default" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition = run.prepare.definition
  }

  assert {
    condition     = jsondecode(aws_api_gateway_rest_api.this.body)["x-amazon-apigateway-request-validator"] == "parameters"
    error_message = "Bodies are not validated by default."
  }
}

run "validates_bodies_if_configured" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    definition         = run.prepare.definition
    request_validation = { bodies = true }
  }

  assert {
    condition     = jsondecode(aws_api_gateway_rest_api.this.body)["x-amazon-apigateway-request-validator"] == "parameters_and_bodies"
    error_message = "Parameters and bodies are validated."
  }
}
