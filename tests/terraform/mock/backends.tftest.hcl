# Values and permissions for authorizer and backends, planned without AWS.

mock_provider "aws" {}

variables {
  name          = "portcullis-test"
  execution_arn = "arn:aws:execute-api:eu-central-1:111122223333:abcdef1234"
  stage         = "test"
  authorizer_function = {
    name       = "portcullis-test-authorizer"
    alias      = "layout-0123456789ab"
    invoke_uri = "arn:authorizer"
  }
  backend_kinds  = { doc-store = "lambda", billing = "http" }
  sample_backend = { name = "portcullis-test-sample-backend", invoke_uri = "arn:sample" }
}

run "uses_the_sample_backend_for_backends_without_a_value" {
  command = plan

  module {
    source = "./modules/backends"
  }

  assert {
    condition     = output.placeholders == { authorizer_uri = "arn:authorizer", sample_backend_uri = "arn:sample", backend_doc_store_uri = "arn:sample", backend_doc_store_url = "", backend_doc_store_http_key = "x-portcullis-unused-integration", backend_doc_store_sample_key = "x-amazon-apigateway-integration", backend_doc_store_connection_type = "", backend_doc_store_connection_id = "", backend_billing_uri = "arn:sample", backend_billing_url = "", backend_billing_http_key = "x-portcullis-unused-integration", backend_billing_sample_key = "x-amazon-apigateway-integration", backend_billing_connection_type = "", backend_billing_connection_id = "" }
    error_message = "The sample backend replaces both kinds, and placeholders have no '-' in their names."
  }

  assert {
    condition     = output.integration_keys == { used = "x-amazon-apigateway-integration", unused = "x-portcullis-unused-integration" }
    error_message = "The API can drop the integration that is not used."
  }

  assert {
    condition     = output.sampled_backends == tolist(["billing", "doc-store"])
    error_message = "The output names the replaced backends."
  }

  assert {
    condition     = aws_lambda_permission.authorizer["layout-0123456789ab"].function_name == "portcullis-test-authorizer" && aws_lambda_permission.authorizer["layout-0123456789ab"].qualifier == "layout-0123456789ab" && aws_lambda_permission.authorizer["layout-0123456789ab"].source_arn == "arn:aws:execute-api:eu-central-1:111122223333:abcdef1234/authorizers/*"
    error_message = "Only authorizers of this API may invoke the alias."
  }

  assert {
    condition     = aws_lambda_permission.sample_backend[0].function_name == "portcullis-test-sample-backend" && aws_lambda_permission.sample_backend[0].source_arn == "arn:aws:execute-api:eu-central-1:111122223333:abcdef1234/test/*/*"
    error_message = "Only this stage may invoke it."
  }

  assert {
    condition     = length(aws_lambda_permission.backend) == 0 && length(aws_lambda_permission.access) == 0
    error_message = "No other function may be invoked, and without an access route the authorizer's only by authorizers."
  }
}

run "lets_the_access_route_call_the_function_of_both_layouts" {
  command = plan

  module {
    source = "./modules/backends"
  }

  variables {
    access_path = "/orgs/{orgId}/access"
    authorizer_function = {
      name         = "portcullis-test-authorizer"
      alias        = "layout-0123456789ab"
      invoke_uri   = "arn:authorizer"
      kept_aliases = ["layout-ba9876543210"]
    }
  }

  assert {
    condition     = { for alias, permission in aws_lambda_permission.access : alias => "${permission.function_name} ${permission.qualifier} ${permission.source_arn}" } == { for alias in ["layout-0123456789ab", "layout-ba9876543210"] : alias => "portcullis-test-authorizer ${alias} arn:aws:execute-api:eu-central-1:111122223333:abcdef1234/test/GET/orgs/*/access" }
    error_message = "Only this method of this stage may invoke the aliases, whatever tenant its path names."
  }
}

run "rejects_an_access_path_that_is_no_path" {
  command = plan

  module {
    source = "./modules/backends"
  }

  variables {
    access_path = "access"
  }

  expect_failures = [var.access_path]
}

run "lets_the_old_deployment_call_the_previous_layout" {
  command = plan

  module {
    source = "./modules/backends"
  }

  variables {
    authorizer_function = {
      name         = "portcullis-test-authorizer"
      alias        = "layout-0123456789ab"
      invoke_uri   = "arn:aws:apigateway:eu-central-1:lambda:path/x"
      kept_aliases = ["layout-ba9876543210"]
    }
  }

  assert {
    condition     = { for alias, permission in aws_lambda_permission.authorizer : alias => permission.qualifier } == { layout-0123456789ab = "layout-0123456789ab", layout-ba9876543210 = "layout-ba9876543210" }
    error_message = "Both aliases may be invoked by this API's authorizers."
  }
}

run "calls_the_configured_backends" {
  command = plan

  module {
    source = "./modules/backends"
  }

  variables {
    backends = {
      doc-store = { function_arn = "arn:aws:lambda:eu-central-1:111122223333:function:documents:live" }
      billing   = { url = "https://billing.example.com/v1" }
    }
    sample_backend = null
  }

  assert {
    condition     = output.placeholders.backend_doc_store_uri == "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-central-1:111122223333:function:documents:live/invocations"
    error_message = "A lambda backend is invoked by its ARN, alias included."
  }

  assert {
    condition     = output.placeholders.backend_billing_url == "https://billing.example.com/v1" && output.placeholders.backend_billing_http_key == "x-amazon-apigateway-integration" && output.placeholders.backend_billing_sample_key == "x-portcullis-unused-integration" && output.placeholders.backend_billing_connection_type == ""
    error_message = "An http backend has its own integration, without a VPC link."
  }

  assert {
    condition     = aws_lambda_permission.backend["doc-store"].function_name == "arn:aws:lambda:eu-central-1:111122223333:function:documents" && aws_lambda_permission.backend["doc-store"].qualifier == "live" && aws_lambda_permission.backend["doc-store"].source_arn == "arn:aws:execute-api:eu-central-1:111122223333:abcdef1234/test/*/*"
    error_message = "Only this stage may invoke the backend's alias."
  }

  assert {
    condition     = keys(aws_lambda_permission.backend) == ["doc-store"] && length(aws_lambda_permission.sample_backend) == 0 && length(output.sampled_backends) == 0 && output.placeholders.sample_backend_uri == ""
    error_message = "The API may call each backend, and nothing else."
  }
}

run "reaches_an_http_backend_by_a_vpc_link" {
  command = plan

  module {
    source = "./modules/backends"
  }

  variables {
    backends = { billing = { url = "http://billing.internal", vpc_link_id = "link-1" } }
  }

  assert {
    condition     = output.placeholders.backend_billing_url == "http://billing.internal" && output.placeholders.backend_billing_connection_type == "VPC_LINK" && output.placeholders.backend_billing_connection_id == "link-1"
    error_message = "The integration names the VPC link."
  }
}

run "lets_the_default_stage_of_an_http_api_call" {
  command = plan

  module {
    source = "./modules/backends"
  }

  variables {
    stage    = "$default"
    backends = { doc-store = { function_arn = "arn:aws:lambda:eu-central-1:111122223333:function:documents" } }
  }

  assert {
    condition     = aws_lambda_permission.sample_backend[0].source_arn == "arn:aws:execute-api:eu-central-1:111122223333:abcdef1234/$default/*/*" && aws_lambda_permission.backend["doc-store"].source_arn == "arn:aws:execute-api:eu-central-1:111122223333:abcdef1234/$default/*/*" && aws_lambda_permission.backend["doc-store"].qualifier == null
    error_message = "Only this stage may invoke its backends."
  }
}

run "rejects_an_invalid_name" {
  command = plan

  module {
    source = "./modules/backends"
  }

  variables {
    name = "no spaces"
  }

  expect_failures = [var.name]
}

run "rejects_an_arn_of_another_service" {
  command = plan

  module {
    source = "./modules/backends"
  }

  variables {
    execution_arn = "arn:aws:lambda:eu-central-1:111122223333:function:x"
  }

  expect_failures = [var.execution_arn]
}

run "rejects_an_invalid_stage" {
  command = plan

  module {
    source = "./modules/backends"
  }

  variables {
    stage = "a/b"
  }

  expect_failures = [var.stage]
}

run "rejects_a_function_without_the_alias_of_a_layout" {
  command = plan

  module {
    source = "./modules/backends"
  }

  variables {
    authorizer_function = { name = "x", alias = "live", invoke_uri = "arn:x" }
  }

  expect_failures = [var.authorizer_function]
}

run "rejects_an_invalid_kind" {
  command = plan

  module {
    source = "./modules/backends"
  }

  variables {
    backend_kinds = { doc-store = "lambda", billing = "grpc" }
  }

  expect_failures = [var.backend_kinds]
}

run "rejects_a_backend_that_the_api_does_not_name" {
  command = plan

  module {
    source = "./modules/backends"
  }

  variables {
    backends = { search = { url = "https://search.example.com" } }
  }

  expect_failures = [var.backend_kinds]
}

run "rejects_a_url_for_a_function" {
  command = plan

  module {
    source = "./modules/backends"
  }

  variables {
    backends = { doc-store = { url = "https://docs.example.com" } }
  }

  expect_failures = [var.backend_kinds]
}

run "rejects_a_function_for_a_url" {
  command = plan

  module {
    source = "./modules/backends"
  }

  variables {
    backends = { billing = { function_arn = "arn:aws:lambda:eu-central-1:111122223333:function:billing" } }
  }

  expect_failures = [var.backend_kinds]
}

run "rejects_an_invalid_function" {
  command = plan

  module {
    source = "./modules/backends"
  }

  variables {
    backends = { doc-store = { function_arn = "documents" } }
  }

  expect_failures = [var.backends]
}

run "rejects_a_url_over_http_without_vpc_link" {
  command = plan

  module {
    source = "./modules/backends"
  }

  variables {
    backends = { billing = { url = "http://billing.example.com" } }
  }

  expect_failures = [var.backends]
}

run "rejects_a_url_with_a_slash_at_its_end" {
  command = plan

  module {
    source = "./modules/backends"
  }

  variables {
    backends = { billing = { url = "https://billing.example.com/" } }
  }

  expect_failures = [var.backends]
}

run "rejects_a_vpc_link_without_a_url" {
  command = plan

  module {
    source = "./modules/backends"
  }

  variables {
    backends = { doc-store = { function_arn = "arn:aws:lambda:eu-central-1:111122223333:function:x", vpc_link_id = "link-1" } }
  }

  expect_failures = [var.backends]
}

run "rejects_backends_without_value_or_sample" {
  command = plan

  module {
    source = "./modules/backends"
  }

  variables {
    sample_backend = null
  }

  expect_failures = [var.sample_backend]
}

run "rejects_a_timeout_that_api_gateway_does_not_have" {
  command = plan

  module {
    source = "./modules/backends"
  }

  variables {
    backends = {
      doc-store = { function_arn = "arn:aws:lambda:eu-central-1:111122223333:function:documents:live", timeout_seconds = 301 }
      billing   = { url = "https://billing.example.com/v1" }
    }
  }

  expect_failures = [var.backends]
}

run "rejects_a_timeout_of_parts_of_a_second" {
  command = plan

  module {
    source = "./modules/backends"
  }

  variables {
    backends = {
      doc-store = { function_arn = "arn:aws:lambda:eu-central-1:111122223333:function:documents:live", timeout_seconds = 1.5 }
      billing   = { url = "https://billing.example.com/v1" }
    }
  }

  expect_failures = [var.backends]
}
