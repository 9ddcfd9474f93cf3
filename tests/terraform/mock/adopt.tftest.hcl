# Table, function and authorizers for an existing API, with the build of the sample policies, planned without AWS.

mock_provider "aws" {
  override_during = plan

  mock_resource "aws_dynamodb_table" {
    defaults = { arn = "arn:aws:dynamodb:eu-central-1:111122223333:table/portcullis-dev-permissions", stream_arn = "arn:aws:dynamodb:eu-central-1:111122223333:table/portcullis-dev-permissions/stream/1" }
  }

  mock_resource "aws_lambda_function" {
    defaults = { version = "7" }
  }

  mock_resource "aws_lambda_alias" {
    defaults = { invoke_arn = "arn:alias" }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/portcullis-dev" }
  }

  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::portcullis-dev-history-1" }
  }

  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-central-1:111122223333:portcullis-dev-history-export-failures" }
  }

  mock_resource "aws_api_gateway_authorizer" {
    defaults = { id = "abc123" }
  }
}

variables {
  environment        = "dev"
  build_directory    = "../../build"
  policies_directory = "../../policies"
  rest_api           = { id = "a1b2c3", execution_arn = "arn:aws:execute-api:eu-central-1:111122223333:a1b2c3" }
  issuers = {
    main      = { url = "https://login.example.com", audiences = ["api"] }
    acme-okta = { url = "https://acme.okta.example", audiences = ["api"] }
  }
}

run "creates_an_authorizer_for_each_group_and_names_the_one_of_each_route" {
  command = plan

  module {
    source = "./modules/adopt"
  }

  assert {
    condition     = output.caching_mode == "token" && join(",", keys(aws_api_gateway_authorizer.group)) == join(",", keys(output.stage_variables)) && length(aws_api_gateway_authorizer.group) > 1
    error_message = "Each group has an authorizer with its stage variable's name."
  }

  assert {
    condition     = alltrue([for name, one in aws_api_gateway_authorizer.group : one.identity_source == "stageVariables.${name},method.request.header.Authorization" && one.type == "REQUEST" && one.authorizer_result_ttl_in_seconds == 60 && one.authorizer_uri == "arn:alias" && one.rest_api_id == "a1b2c3"])
    error_message = "Identity sources, TTL and function are those of the build."
  }

  assert {
    condition     = output.authorizer_ids["GET /documents/{documentId}"] == "abc123" && length(output.authorizer_ids) == 17
    error_message = "Every guarded route has its authorizer."
  }

  assert {
    condition     = !contains(keys(output.authorizer_ids), "GET /health") && !anytrue([for route in keys(output.authorizer_ids) : startswith(route, "OPTIONS ")])
    error_message = "Public routes and preflight have no authorizer."
  }

  assert {
    condition     = one(values(aws_lambda_permission.authorizer)).source_arn == "arn:aws:execute-api:eu-central-1:111122223333:a1b2c3/authorizers/*" && startswith(one(values(aws_lambda_permission.authorizer)).qualifier, "layout-")
    error_message = "Only this API may call the layout's alias."
  }

  assert {
    condition     = output.open_methods.resources == tolist(["GET/health", "GET/.well-known/oauth-protected-resource", "OPTIONS/*"]) && output.staleness_seconds == 90
    error_message = "The outputs have the open methods and the staleness."
  }
}

run "caches_by_route_if_configured" {
  command = plan

  module {
    source = "./modules/adopt"
  }

  variables {
    caching = { mode = "route" }
  }

  assert {
    condition     = aws_api_gateway_authorizer.group["portcullis_all"].identity_source == "stageVariables.portcullis_all,method.request.header.Authorization,context.httpMethod,context.resourcePath"
    error_message = "Method and route are identity sources."
  }
}

run "caches_nothing_if_configured" {
  command = plan

  module {
    source = "./modules/adopt"
  }

  variables {
    caching = { mode = "off" }
  }

  assert {
    condition     = aws_api_gateway_authorizer.group["portcullis_all"].authorizer_result_ttl_in_seconds == 0 && output.placeholders.portcullis_authorizer_ttl == 0 && output.staleness_seconds == 30
    error_message = "The TTL is 0."
  }
}

run "rejects_more_authorizers_than_the_api_has_room_for" {
  command = plan

  module {
    source = "./modules/adopt"
  }

  variables {
    authorizers_available = 1
  }

  expect_failures = [aws_lambda_permission.authorizer]
}

run "rejects_a_document_that_the_build_was_not_made_with" {
  command = plan

  module {
    source = "./modules/adopt"
  }

  variables {
    document = "README.md"
  }

  expect_failures = [aws_lambda_permission.authorizer]
}

run "rejects_a_missing_document" {
  command = plan

  module {
    source = "./modules/adopt"
  }

  variables {
    document = "no-such-document.yaml"
  }

  expect_failures = [var.document]
}

run "rejects_a_stage_without_the_stage_variables" {
  command = plan

  module {
    source = "./modules/adopt"
  }

  variables {
    stage = { variables = { portcullis_g1 = "g1-of-another-layout" } }
  }

  expect_failures = [output.missing_stage_variables]
}

run "rejects_room_for_0_authorizers" {
  command = plan

  module {
    source = "./modules/adopt"
  }

  variables {
    authorizers_available = 0
  }

  expect_failures = [var.authorizers_available]
}

run "rejects_an_arn_of_another_service" {
  command = plan

  module {
    source = "./modules/adopt"
  }

  variables {
    rest_api = { id = "a1b2c3", execution_arn = "arn:aws:lambda:eu-central-1:111122223333:function:x" }
  }

  expect_failures = [var.rest_api]
}

run "rejects_an_invalid_origin" {
  command = plan

  module {
    source = "./modules/adopt"
  }

  variables {
    cors_error_origin = "example.com/"
  }

  expect_failures = [var.cors_error_origin]
}

run "rejects_an_absolute_build_directory" {
  command = plan

  module {
    source = "./modules/adopt"
  }

  variables {
    build_directory = "/tmp"
  }

  expect_failures = [var.build_directory]
}

run "rejects_an_access_route_that_nothing_would_serve" {
  command = plan

  module {
    source = "./modules/adopt"
  }

  override_module {
    target = module.build
    outputs = {
      artefacts = {
        into_sha256     = ""
        into_files      = {}
        built_mode      = "route"
        digest          = "0123"
        mode            = "route"
        layout          = "0123456789ab"
        stage_variables = { portcullis_all = "all-0123456789ab" }
        definition      = "{}"
        open_methods    = { resources = ["GET/access"], conflicts = [] }
        access          = "/access"
        items           = {}
        issuers         = ["acme-okta", "main"]
        issuer_hosts    = []
        directories     = []
        packages        = { authorizer = { path = "build/authorizer.zip", sha256 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" } }
      }
    }
  }

  expect_failures = [aws_lambda_permission.authorizer]
}

run "has_the_accounts_roles_and_network_and_exports_the_history" {
  command = plan

  module {
    source = "./modules/adopt"
  }

  variables {
    history_export = { mode = "governance", retention_days = 30 }
    iam            = { roles = { authorizer = "arn:aws:iam::111122223333:role/teams/own" } }
    vpc            = { subnet_ids = ["subnet-0a"], security_group_ids = ["sg-0a"], nat = true }
  }

  assert {
    condition     = module.permissions.stream_arn != null && length(module.history_export) == 1 && strcontains(output.role_policies.history-export, "ec2:CreateNetworkInterface") && strcontains(output.role_policies.authorizer, "ec2:CreateNetworkInterface")
    error_message = "Both functions are in the VPC, and the export has a stream."
  }
}
