# The root module over the build of the sample policies, planned without AWS.

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

run "deploys_with_an_environment_and_issuers_alone" {
  command = plan

  assert {
    condition     = output.url == "https://abcdef1234.execute-api.eu-central-1.amazonaws.com/dev" && output.stage == "dev" && output.table_name == "portcullis-dev-permissions"
    error_message = "Everything is named after the environment."
  }

  assert {
    condition     = output.caching_mode == jsondecode(file("build/manifest.json")).mode && output.authorizer == { function = "portcullis-dev-authorizer", version = "7", alias = "layout-${jsondecode(file("build/manifest.json")).layouts[jsondecode(file("build/manifest.json")).mode]}" }
    error_message = "The build's mode is taken, and its layout names the alias."
  }

  assert {
    condition     = output.staleness_seconds == 90
    error_message = "An edit holds for everybody after 90 s by default."
  }

  assert {
    condition     = output.build_digest == filesha256("build/manifest.json")
    error_message = "The digest is that of the build."
  }

  assert {
    condition     = output.sampled_backends == tolist(["billing", "docs"]) && length(module.sample_backend) == 1
    error_message = "The sample backend answers for all."
  }
}

run "deploys_another_mode_of_the_same_build" {
  command = plan

  variables {
    caching = { mode = "off" }
  }

  assert {
    condition     = output.caching_mode == "off" && output.authorizer.alias == "layout-${jsondecode(file("build/manifest.json")).layouts["off"]}"
    error_message = "The alias goes with the mode."
  }

  assert {
    condition     = output.staleness_seconds == 30
    error_message = "Without a cache the function's memory alone is stale."
  }

  assert {
    condition     = output.build_digest == filesha256("build/manifest.json")
    error_message = "It is the same build."
  }
}

run "needs_no_sample_backend_where_each_has_a_value" {
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

run "has_no_user_pool_by_default" {
  command = plan

  assert {
    condition     = length(module.identity) == 0 && output.user_pool_id == null && output.user_pool_client_id == null && output.user_pool_issuer_url == null && output.sign_in_url == null
    error_message = "There is none."
  }
}

run "trusts_a_user_pool_of_its_own_by_identity_alone" {
  command = plan

  variables {
    issuers  = { acme-okta = { url = "https://acme.okta.example", audiences = ["api"] } }
    identity = { issuer = "main" }
  }

  assert {
    condition     = output.user_pool_issuer_url == "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example12" && module.identity[0].issuer.name == "main"
    error_message = "The pool is the issuer that the policy files know."
  }
}

run "refuses_a_user_pool_that_is_in_issuers_too" {
  command = plan

  variables {
    identity = { issuer = "main" }
  }

  expect_failures = [var.identity]
}

run "refuses_an_environment_that_is_none" {
  command = plan

  variables {
    environment = "Dev Env"
  }

  expect_failures = [var.environment]
}

run "refuses_a_name_that_is_none" {
  command = plan

  variables {
    name = "Portcullis!"
  }

  expect_failures = [var.name]
}

run "refuses_a_mode_that_is_none" {
  command = plan

  variables {
    caching = { mode = "always" }
  }

  expect_failures = [var.caching]
}

run "refuses_a_ttl_of_nothing" {
  command = plan

  variables {
    caching = { ttl_seconds = 0 }
  }

  expect_failures = [var.caching]
}

run "refuses_policies_outside" {
  command = plan

  variables {
    policies_directory = "/etc"
  }

  expect_failures = [var.policies_directory]
}

run "refuses_a_build_outside" {
  command = plan

  variables {
    build_directory = "/tmp/build"
  }

  expect_failures = [var.build_directory]
}

run "refuses_a_tag_of_awss" {
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
    error_message = "Usage plans are asked for."
  }
}

run "makes_usage_plans_of_the_sample" {
  command = plan

  variables {
    usage_plans = { per = "tenant" }
  }

  assert {
    condition     = keys(module.usage_plans[0].plans) == ["enterprise", "free", "team"]
    error_message = "Each plan is a usage plan."
  }
}

run "refuses_usage_plans_for_nobody" {
  command = plan

  variables {
    usage_plans = { per = "role" }
  }

  expect_failures = [var.usage_plans]
}

run "refuses_a_type_of_api_that_is_none" {
  command = plan

  variables {
    api_type = "soap"
  }

  expect_failures = [var.api_type]
}

run "refuses_a_kind_of_answer_that_is_none" {
  command = plan

  variables {
    http_api = { response = "boolean" }
  }

  expect_failures = [var.http_api]
}
run "watches_only_where_that_is_asked_for" {
  command = plan

  assert {
    condition     = length(module.observability) == 0 && output.monitoring == null
    error_message = "By default nothing is made that costs by the month."
  }
}

run "watches_its_own_function_stage_and_access_log" {
  command = plan

  variables {
    monitoring = {}
  }

  assert {
    condition     = output.monitoring.dashboard == "portcullis-dev" && contains(output.monitoring.alarms, "portcullis-dev-server-errors")
    error_message = "The dashboard and alarms bear the deployment's name."
  }
}
