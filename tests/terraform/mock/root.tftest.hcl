# The root module with the build of the sample policies, planned without AWS.

mock_provider "aws" {
  override_during = plan

  mock_resource "aws_dynamodb_table" {
    defaults = { arn = "arn:aws:dynamodb:eu-central-1:111122223333:table/portcullis-dev-permissions" }
  }

  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-central-1:111122223333:function:portcullis-dev", invoke_arn = "arn:sample", version = "7" }
  }

  mock_resource "aws_lambda_alias" {
    defaults = { invoke_arn = "arn:alias" }
  }

  mock_resource "aws_api_gateway_rest_api" {
    defaults = { execution_arn = "arn:aws:execute-api:eu-central-1:111122223333:abcdef1234" }
  }

  mock_resource "aws_api_gateway_stage" {
    defaults = { invoke_url = "https://abcdef1234.execute-api.eu-central-1.amazonaws.com/dev" }
  }

  mock_resource "aws_cognito_user_pool" {
    defaults = {
      id       = "eu-central-1_Example12"
      arn      = "arn:aws:cognito-idp:eu-central-1:111122223333:userpool/eu-central-1_Example12"
      endpoint = "cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example12"
    }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
}

variables {
  environment = "dev"
  issuers = {
    main      = { url = "https://login.example.com", audiences = ["api"] }
    acme-okta = { url = "https://acme.okta.example", audiences = ["api"] }
  }
}

run "deploys_with_only_an_environment_and_issuers" {
  command = plan

  assert {
    condition     = output.url == "https://abcdef1234.execute-api.eu-central-1.amazonaws.com/dev" && output.stage == "dev" && output.table_name == "portcullis-dev-permissions"
    error_message = "Resources are named after the environment."
  }

  assert {
    condition     = output.caching_mode == jsondecode(file("build/manifest.json")).mode && output.authorizer == { function = "portcullis-dev-authorizer", version = "7", alias = "layout-${jsondecode(file("build/manifest.json")).layouts[jsondecode(file("build/manifest.json")).mode]}" }
    error_message = "The build's mode is used, and the alias has its layout's name."
  }

  assert {
    condition     = output.staleness_seconds == 90
    error_message = "By default a change of the permissions takes full effect after 90 s."
  }

  assert {
    condition     = output.build_digest == filesha256("build/manifest.json")
    error_message = "The digest is that of the build."
  }

  assert {
    condition     = output.sampled_backends == tolist(["billing", "docs"]) && length(module.sample_backend) == 1
    error_message = "The sample backend replaces all backends."
  }
}

run "says_why_there_is_no_metadata_document" {
  command = plan

  assert {
    condition     = output.resource_metadata.url == null && can(regex("set domain, without a base_path", output.resource_metadata.why))
    error_message = "Without a domain the API's host is not known in advance."
  }
}

run "has_no_metadata_document_below_a_base_path" {
  command = plan

  variables {
    domain = { name = "api.example.com", zone_id = "Z0123456789ABCDEFGHIJ", base_path = "v1" }
  }

  assert {
    condition     = output.resource_metadata.url == null && output.resource_metadata.why != null
    error_message = "The root of the host belongs to other APIs."
  }
}

run "advertises_the_issuer_of_the_sample_at_the_root_of_the_domain" {
  command = plan

  variables {
    domain = { name = "api.example.com", zone_id = "Z0123456789ABCDEFGHIJ" }
  }

  assert {
    condition     = output.resource_metadata.url == "https://api.example.com/.well-known/oauth-protected-resource" && output.resource_metadata.why == null
    error_message = "The URL is that of the domain."
  }

  assert {
    condition     = jsondecode(local.resource_metadata.text).resource == "https://api.example.com" && jsondecode(local.resource_metadata.text).authorization_servers == ["https://login.example.com"]
    error_message = "The document has the issuer's URL, and no issuer of a tenant."
  }
}

run "rejects_an_advertised_issuer_whose_url_has_a_query" {
  command = plan

  variables {
    issuers = {
      main      = { url = "https://login.example.com/realm?of=all", audiences = ["api"] }
      acme-okta = { url = "https://acme.okta.example", audiences = ["api"] }
    }
  }

  expect_failures = [output.resource_metadata]
}

run "leaves_the_account_alone_by_default" {
  command = plan

  assert {
    condition     = length(module.account_logging) == 0
    error_message = "API Gateway's role for logs belongs to the whole account."
  }
}

run "creates_the_role_for_logs_of_the_account_on_request" {
  command = plan

  variables {
    manage_account_logging = true
  }

  assert {
    condition     = length(module.account_logging) == 1
    error_message = "This environment creates the role."
  }
}

run "deploys_another_mode_of_the_same_build" {
  command = plan

  variables {
    caching = { mode = "off" }
  }

  assert {
    condition     = output.caching_mode == "off" && output.authorizer.alias == "layout-${jsondecode(file("build/manifest.json")).layouts["off"]}"
    error_message = "The alias is that of the mode."
  }

  assert {
    condition     = output.staleness_seconds == 30
    error_message = "Without API Gateway's cache only the function's cache is stale."
  }

  assert {
    condition     = output.build_digest == filesha256("build/manifest.json")
    error_message = "It is the same build."
  }
}

run "needs_no_sample_backend_if_each_backend_has_a_value" {
  command = plan

  variables {
    backends = {
      docs    = { function_arn = "arn:aws:lambda:eu-central-1:111122223333:function:documents" }
      billing = { url = "https://billing.example.com" }
    }
  }

  assert {
    condition     = length(module.sample_backend) == 0 && length(output.sampled_backends) == 0
    error_message = "There is no sample backend."
  }
}

run "creates_no_user_pool_by_default" {
  command = plan

  assert {
    condition     = length(module.identity) == 0 && output.user_pool_id == null && output.user_pool_client_id == null && output.user_pool_issuer_url == null && output.sign_in_url == null
    error_message = "There is no user pool."
  }
}

run "trusts_its_user_pool_with_only_identity_set" {
  command = plan

  variables {
    issuers  = { acme-okta = { url = "https://acme.okta.example", audiences = ["api"] } }
    identity = { issuer = "main" }
  }

  assert {
    condition     = output.user_pool_issuer_url == "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example12" && module.identity[0].issuer.name == "main"
    error_message = "The pool is the issuer of the policy files."
  }
}

run "rejects_a_user_pool_that_issuers_has_too" {
  command = plan

  variables {
    identity = { issuer = "main" }
  }

  expect_failures = [output.user_pool_issuer_url]
}

run "rejects_an_invalid_environment" {
  command = plan

  variables {
    environment = "Dev Env"
  }

  expect_failures = [var.environment]
}

run "rejects_an_invalid_name" {
  command = plan

  variables {
    name = "Portcullis!"
  }

  expect_failures = [var.name]
}

run "rejects_an_invalid_mode" {
  command = plan

  variables {
    caching = { mode = "always" }
  }

  expect_failures = [var.caching]
}

run "rejects_a_ttl_of_0" {
  command = plan

  variables {
    caching = { ttl_seconds = 0 }
  }

  expect_failures = [var.caching]
}

run "rejects_an_absolute_policies_directory" {
  command = plan

  variables {
    policies_directory = "/etc"
  }

  expect_failures = [var.policies_directory]
}

run "rejects_an_absolute_build_directory" {
  command = plan

  variables {
    build_directory = "/tmp/build"
  }

  expect_failures = [var.build_directory]
}

run "rejects_a_tag_with_a_reserved_prefix" {
  command = plan

  variables {
    tags = { "aws:owner" = "me" }
  }

  expect_failures = [var.tags]
}

run "enforces_no_plans_by_default" {
  command = plan

  assert {
    condition     = length(module.usage_plans) == 0
    error_message = "By default there are no usage plans."
  }
}

run "creates_usage_plans_for_the_sample" {
  command = plan

  variables {
    usage_plans = { per = "tenant" }
  }

  assert {
    condition     = keys(module.usage_plans[0].plans) == ["enterprise", "free", "team"]
    error_message = "Each plan is a usage plan."
  }
}

run "rejects_usage_plans_with_an_invalid_per" {
  command = plan

  variables {
    usage_plans = { per = "role" }
  }

  expect_failures = [var.usage_plans]
}

run "rejects_an_invalid_api_type" {
  command = plan

  variables {
    api_type = "soap"
  }

  expect_failures = [var.api_type]
}

run "rejects_an_invalid_response_format" {
  command = plan

  variables {
    http_api = { response = "boolean" }
  }

  expect_failures = [var.http_api]
}

run "creates_no_monitoring_by_default" {
  command = plan

  assert {
    condition     = length(module.observability) == 0 && output.monitoring == null
    error_message = "By default there is no monitoring, which has monthly costs."
  }
}

run "monitors_its_own_function_stage_and_access_log" {
  command = plan

  variables {
    monitoring = {}
  }

  assert {
    condition     = output.monitoring.dashboard == "portcullis-dev" && contains(output.monitoring.alarms, "portcullis-dev-server-errors")
    error_message = "The dashboard and the alarms have the deployment's name."
  }
}

run "exports_the_history_only_if_configured" {
  command = plan

  assert {
    condition     = length(module.history_export) == 0 && output.history_export == null && module.permissions.stream_arn == null
    error_message = "By default there is neither a bucket nor a stream."
  }
}
