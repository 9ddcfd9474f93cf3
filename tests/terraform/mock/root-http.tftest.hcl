# The root module with an HTTP API instead of a REST API, with outputs that replace the build, planned without AWS.

mock_provider "aws" {
  override_during = plan

  mock_resource "aws_dynamodb_table" {
    defaults = { arn = "arn:aws:dynamodb:eu-central-1:111122223333:table/portcullis-dev-permissions" }
  }

  mock_resource "aws_lambda_function" {
    defaults = { invoke_arn = "arn:sample", version = "7" }
  }

  mock_resource "aws_lambda_alias" {
    defaults = { invoke_arn = "arn:alias" }
  }

  mock_resource "aws_apigatewayv2_api" {
    defaults = { execution_arn = "arn:aws:execute-api:eu-central-1:111122223333:abcdef1234" }
  }

  mock_resource "aws_apigatewayv2_stage" {
    defaults = { id = "$default", invoke_url = "https://abcdef1234.execute-api.eu-central-1.amazonaws.com/" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
}

override_module {
  target = module.build
  outputs = {
    artefacts = {
      digest          = "0123"
      mode            = "route"
      layout          = "0123456789ab"
      stage_variables = { portcullis_all = "all-0123456789ab" }
      definition      = "{\"info\": {\"version\": \"1\"}, \"paths\": {}, \"ttl\": \"$${authorizer_ttl}\", \"x-amazon-apigateway-cors\": {\"allowOrigins\": [], \"allowHeaders\": [], \"allowMethods\": [], \"maxAge\": 0}}"
      backends        = { docs = "lambda" }
      open_methods    = { resources = [], conflicts = [] }
      items           = {}
      issuers         = ["acme-okta", "main"]
      issuer_hosts    = []
      directories     = []
      metadata        = null
      access          = "/access"
      packages        = { authorizer = { path = "build/authorizer.zip", sha256 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" }, sample-backend = { path = "build/sample-backend.zip", sha256 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" } }
    }
  }
}

variables {
  environment = "dev"
  api_type    = "http"
  issuers = {
    main      = { url = "https://login.example.com", audiences = ["api"] }
    acme-okta = { url = "https://acme.okta.example", audiences = ["api"] }
  }
}

run "plans_an_http_api_instead_of_a_rest_api" {
  command = plan

  variables {
    caching = { ttl_seconds = 30 }
  }

  assert {
    condition     = length(module.api) == 0 && length(module.http_api) == 1 && output.stage == "$default" && output.staleness_seconds == 60 && output.sampled_backends == tolist(["docs"])
    error_message = "There is an HTTP API instead of the REST API."
  }
}

run "rejects_a_firewall_for_an_http_api" {
  command = plan

  variables {
    web_acl_arn = "arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/a/b"
  }

  expect_failures = [var.api_type]
}

run "rejects_denies_for_an_http_api" {
  command = plan

  variables {
    denies = [{ sid = "NotFromThere" }]
  }

  expect_failures = [var.api_type]
}

run "rejects_a_timeout_beyond_that_of_an_http_api" {
  command = plan

  variables {
    authorizer = { timeout_seconds = 11 }
  }

  expect_failures = [var.api_type]
}

run "rejects_old_versions_of_tls_for_an_http_api" {
  command = plan

  variables {
    domain = { name = "api.example.com", certificate_arn = "arn:aws:acm:eu-central-1:111122223333:certificate/1", security_policy = "TLS_1_0" }
  }

  expect_failures = [var.api_type]
}

run "rejects_validation_of_bodies_for_an_http_api" {
  command = plan

  variables {
    request_validation = { bodies = true }
  }

  expect_failures = [var.api_type]
}

run "rejects_usage_plans_for_an_http_api" {
  command = plan

  variables {
    usage_plans = {}
  }

  expect_failures = [var.usage_plans]
}

run "rejects_an_http_api_with_a_token_authorizer" {
  command = plan

  variables {
    authorizer_type = "token"
  }

  expect_failures = [var.authorizer_type]
}

run "rejects_a_timeout_of_a_backend_beyond_that_of_an_http_api" {
  command = plan

  variables {
    backends = { docs = { function_arn = "arn:aws:lambda:eu-central-1:111122223333:function:docs", timeout_seconds = 31 } }
  }

  expect_failures = [var.api_type]
}
