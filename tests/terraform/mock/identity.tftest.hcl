# The user pool and its token trigger, planned without AWS.

mock_provider "aws" {
  override_during = plan

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/portcullis-test-token-claims" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/portcullis-test-token-claims" }
  }

  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-central-1:111122223333:function:portcullis-test-token-claims" }
  }

  mock_resource "aws_cognito_user_pool" {
    defaults = {
      id       = "eu-central-1_Example12"
      arn      = "arn:aws:cognito-idp:eu-central-1:111122223333:userpool/eu-central-1_Example12"
      endpoint = "cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example12"
    }
  }

  mock_resource "aws_cognito_user_pool_client" {
    defaults = { id = "1example23456789" }
  }

  mock_data "aws_region" {
    defaults = { id = "eu-central-1" }
  }
}

variables {
  name     = "portcullis-test"
  package  = { path = "build/token-claims.zip", sha256 = "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=" }
  table    = { name = "portcullis-test-permissions", arn = "arn:aws:dynamodb:eu-central-1:111122223333:table/portcullis-test-permissions" }
  roles    = ["editor", "viewer"]
  settings = {}
}

run "is_a_pool_for_production_by_default" {
  command = plan

  module {
    source = "./modules/identity"
  }

  assert {
    condition     = aws_cognito_user_pool.this.name == "portcullis-test" && aws_cognito_user_pool.this.deletion_protection == "ACTIVE" && aws_cognito_user_pool.this.admin_create_user_config[0].allow_admin_create_user_only
    error_message = "It is protected, and administrators alone make users."
  }

  assert {
    condition     = aws_cognito_user_pool.this.mfa_configuration == "OPTIONAL" && aws_cognito_user_pool.this.software_token_mfa_configuration[0].enabled
    error_message = "A second factor, by an app, may be had."
  }

  assert {
    condition     = aws_cognito_user_pool.this.password_policy[0].minimum_length == 12 && aws_cognito_user_pool.this.password_policy[0].require_lowercase && aws_cognito_user_pool.this.password_policy[0].require_uppercase && aws_cognito_user_pool.this.password_policy[0].require_numbers && !aws_cognito_user_pool.this.password_policy[0].require_symbols
    error_message = "Passwords have 12 characters of three kinds."
  }

  assert {
    condition     = one(aws_cognito_user_pool.this.username_attributes) == "email" && one(aws_cognito_user_pool.this.user_attribute_update_settings[0].attributes_require_verification_before_update) == "email"
    error_message = "Users sign in by an email address, and a new one counts once it is verified."
  }

  assert {
    condition     = length(aws_cognito_user_pool_domain.this) == 0 && output.sign_in_url == null && !aws_cognito_user_pool_client.this.allowed_oauth_flows_user_pool_client
    error_message = "It has no pages of its own."
  }

  assert {
    condition     = aws_cognito_user_pool_client.this.explicit_auth_flows == toset(["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]) && aws_cognito_user_pool_client.this.prevent_user_existence_errors == "ENABLED" && aws_cognito_user_pool_client.this.enable_token_revocation
    error_message = "No password is sent as it is, and nobody learns who has an account."
  }

  assert {
    condition     = aws_cognito_user_pool_client.this.access_token_validity == 60 && aws_cognito_user_pool_client.this.id_token_validity == 60 && aws_cognito_user_pool_client.this.refresh_token_validity == 30 && aws_cognito_user_pool_client.this.token_validity_units[0].access_token == "minutes" && aws_cognito_user_pool_client.this.token_validity_units[0].refresh_token == "days"
    error_message = "Tokens live an hour, sessions 30 days."
  }
}

run "has_a_tenant_that_users_read_and_cannot_write" {
  command = plan

  module {
    source = "./modules/identity"
  }

  assert {
    condition     = one(aws_cognito_user_pool.this.schema).name == "tenant" && one(aws_cognito_user_pool.this.schema).mutable && !one(aws_cognito_user_pool.this.schema).required
    error_message = "An administrator can set it and move a user."
  }

  assert {
    condition     = contains(aws_cognito_user_pool_client.this.read_attributes, "custom:tenant") && aws_cognito_user_pool_client.this.write_attributes == toset(["email", "name"])
    error_message = "The client writes two attributes, and the tenant is neither. Without a list it could write all."
  }
}

run "has_a_group_for_each_shared_role" {
  command = plan

  module {
    source = "./modules/identity"
  }

  assert {
    condition     = keys(aws_cognito_user_group.role) == ["editor", "viewer"] && aws_cognito_user_group.role["editor"].name == "editor"
    error_message = "Groups are named as the roles are."
  }
}

run "has_the_groups_that_are_named" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    settings = { groups = ["Quill-Authors"] }
  }

  assert {
    condition     = keys(aws_cognito_user_group.role) == ["Quill-Authors"]
    error_message = "Where issuers.yaml maps groups to roles, groups have names of their own."
  }
}

run "has_the_trigger_that_writes_access_tokens" {
  command = plan

  module {
    source = "./modules/identity"
  }

  assert {
    condition     = aws_cognito_user_pool.this.lambda_config[0].pre_token_generation_config[0].lambda_version == "V2_0" && aws_cognito_user_pool.this.lambda_config[0].pre_token_generation_config[0].lambda_arn == aws_lambda_function.token_claims.arn
    error_message = "Version 1 of the event cannot change access tokens."
  }

  assert {
    condition     = aws_lambda_function.token_claims.function_name == "portcullis-test-token-claims" && aws_lambda_function.token_claims.source_code_hash == var.package.sha256 && aws_lambda_function.token_claims.timeout == 5 && one(aws_lambda_function.token_claims.architectures) == "arm64"
    error_message = "It is the build's zip, and answers while Cognito waits."
  }

  assert {
    condition     = aws_lambda_function.token_claims.environment[0].variables == tomap({ TABLE_NAME = "portcullis-test-permissions", ISSUER = "cognito" })
    error_message = "It reads memberships by the issuer's name."
  }

  assert {
    condition     = aws_lambda_permission.token_claims.principal == "cognito-idp.amazonaws.com" && aws_lambda_permission.token_claims.source_arn == "arn:aws:cognito-idp:eu-central-1:111122223333:userpool/eu-central-1_Example12"
    error_message = "This pool alone may call it."
  }

  assert {
    condition     = aws_cloudwatch_log_group.token_claims.name == "/aws/lambda/portcullis-test-token-claims" && aws_cloudwatch_log_group.token_claims.retention_in_days == 30
    error_message = "Its log is its own, and ends."
  }
}

run "may_read_tenants_and_write_its_log_and_nothing_else" {
  command = plan

  module {
    source = "./modules/identity"
  }

  assert {
    condition     = length(jsondecode(aws_iam_role_policy.token_claims.policy).Statement) == 3
    error_message = "Three statements, no more."
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.token_claims.policy).Statement[0] == {
      Sid       = "ReadMemberships"
      Effect    = "Allow"
      Action    = "dynamodb:BatchGetItem"
      Resource  = "arn:aws:dynamodb:eu-central-1:111122223333:table/portcullis-test-permissions"
      Condition = { "ForAllValues:StringLike" = { "dynamodb:LeadingKeys" = ["TENANT#*"] }, Null = { "dynamodb:LeadingKeys" = "false" } }
    }
    error_message = "It reads items of tenants alone."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.token_claims.policy).Statement[1].Resource == "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/portcullis-test-token-claims:*"
    error_message = "It writes its own log."
  }

  assert {
    condition     = jsondecode(aws_iam_role.token_claims.assume_role_policy).Statement[0].Principal == { Service = "lambda.amazonaws.com" }
    error_message = "Lambda alone takes the role."
  }
}

run "decrypts_a_table_that_has_a_key" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    table         = { name = "t", arn = "arn:aws:dynamodb:eu-central-1:111122223333:table/t", kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/1" }
    observability = { tracing = false }
  }

  assert {
    condition     = length(jsondecode(aws_iam_role_policy.token_claims.policy).Statement) == 3 && jsondecode(aws_iam_role_policy.token_claims.policy).Statement[2].Action == "kms:Decrypt" && jsondecode(aws_iam_role_policy.token_claims.policy).Statement[2].Resource == var.table.kms_key_arn
    error_message = "It may use the table's key, and writes no traces where nothing is traced."
  }
}

run "is_an_issuer_like_any_other" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    settings = { issuer = "people", further_clients = ["machines1"] }
  }

  assert {
    condition = jsonencode(output.issuer) == jsonencode({
      name = "people"
      settings = {
        url        = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example12"
        jwks_uri   = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example12/.well-known/jwks.json"
        audiences  = ["1example23456789", "machines1"]
        algorithms = ["RS256"]
      }
    })
    error_message = "Its tokens are for its clients."
  }

  assert {
    condition     = aws_lambda_function.token_claims.environment[0].variables["ISSUER"] == "people"
    error_message = "Memberships are kept by the same name."
  }
}

run "has_pages_of_its_own_where_a_domain_is_set" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    settings = { domain = { prefix = "quill-dev", callback_urls = ["https://quill.example/in", "http://localhost:8080/in"], logout_urls = ["https://quill.example/"] } }
  }

  assert {
    condition     = output.sign_in_url == "https://quill-dev.auth.eu-central-1.amazoncognito.com"
    error_message = "The URL is told."
  }

  assert {
    condition     = aws_cognito_user_pool_client.this.allowed_oauth_flows == toset(["code"]) && aws_cognito_user_pool_client.this.allowed_oauth_flows_user_pool_client && length(aws_cognito_user_pool_client.this.callback_urls) == 2 && length(aws_cognito_user_pool_client.this.logout_urls) == 1
    error_message = "By code alone: no token is in a URL."
  }
}

run "takes_passwords_as_they_are_for_development" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    settings = { password_login = true, mfa = "off", deletion_protection = false, self_sign_up = true, tier = "PLUS" }
  }

  assert {
    condition     = contains(aws_cognito_user_pool_client.this.explicit_auth_flows, "ALLOW_USER_PASSWORD_AUTH")
    error_message = "npx portcullis login works."
  }

  assert {
    condition     = aws_cognito_user_pool.this.mfa_configuration == "OFF" && length(aws_cognito_user_pool.this.software_token_mfa_configuration) == 0 && aws_cognito_user_pool.this.deletion_protection == "INACTIVE" && !aws_cognito_user_pool.this.admin_create_user_config[0].allow_admin_create_user_only && aws_cognito_user_pool.this.user_pool_tier == "PLUS"
    error_message = "Settings are handed on."
  }
}

run "asks_everybody_for_a_second_factor" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    settings = { mfa = "required" }
  }

  assert {
    condition     = aws_cognito_user_pool.this.mfa_configuration == "ON"
    error_message = "It is on."
  }
}

run "refuses_a_name_that_is_none" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    name = "no spaces"
  }

  expect_failures = [var.name]
}

run "refuses_a_package_without_hash" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    package = { path = "x.zip", sha256 = "44136fa3" }
  }

  expect_failures = [var.package]
}

run "refuses_a_runtime_of_the_past" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    runtime = "nodejs20.x"
  }

  expect_failures = [var.runtime]
}

run "refuses_a_table_that_is_none" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    table = { name = "t", arn = "t" }
  }

  expect_failures = [var.table]
}

run "refuses_a_role_without_name" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    roles = [""]
  }

  expect_failures = [var.roles]
}

run "refuses_an_issuers_name_that_is_none" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    settings = { issuer = "a b" }
  }

  expect_failures = [var.settings]
}

run "refuses_a_factor_that_is_none" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    settings = { mfa = "sms" }
  }

  expect_failures = [var.settings]
}

run "refuses_password_login_where_a_second_factor_is_required" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    settings = { mfa = "required", password_login = true }
  }

  expect_failures = [var.settings]
}

run "refuses_short_passwords" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    settings = { password = { minimum_length = 7 } }
  }

  expect_failures = [var.settings]
}

run "refuses_access_tokens_that_live_too_long" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    settings = { access_token_minutes = 1441 }
  }

  expect_failures = [var.settings]
}

run "refuses_id_tokens_that_live_too_short" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    settings = { id_token_minutes = 4 }
  }

  expect_failures = [var.settings]
}

run "refuses_sessions_that_end_at_once" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    settings = { refresh_token_days = 0 }
  }

  expect_failures = [var.settings]
}

run "refuses_a_group_named_twice" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    settings = { groups = ["a", "a"] }
  }

  expect_failures = [var.settings]
}

run "refuses_a_domain_with_a_word_of_awss" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    settings = { domain = { prefix = "my-cognito", callback_urls = ["https://quill.example/"] } }
  }

  expect_failures = [var.settings]
}

run "refuses_a_domain_that_sends_nobody_back" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    settings = { domain = { prefix = "quill", callback_urls = [] } }
  }

  expect_failures = [var.settings]
}

run "refuses_a_callback_without_tls" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    settings = { domain = { prefix = "quill", callback_urls = ["http://quill.example/"] } }
  }

  expect_failures = [var.settings]
}

run "refuses_a_client_that_is_none" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    settings = { further_clients = [""] }
  }

  expect_failures = [var.settings]
}

run "refuses_the_tier_without_the_trigger" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    settings = { tier = "LITE" }
  }

  expect_failures = [var.settings]
}

run "refuses_a_retention_that_cloudwatch_has_not" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    observability = { retention_days = 42 }
  }

  expect_failures = [var.observability]
}

run "refuses_a_key_that_is_none" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    observability = { kms_key_arn = "alias/logs" }
  }

  expect_failures = [var.observability]
}
