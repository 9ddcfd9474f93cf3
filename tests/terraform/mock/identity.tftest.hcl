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
}

variables {
  name     = "portcullis-test"
  package  = { path = "build/token-claims.zip", sha256 = "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=" }
  table    = { name = "portcullis-test-permissions", arn = "arn:aws:dynamodb:eu-central-1:111122223333:table/portcullis-test-permissions" }
  roles    = ["editor", "viewer"]
  identity = {}
}

run "creates_a_production_pool_by_default" {
  command = plan

  module {
    source = "./modules/identity"
  }

  assert {
    condition     = aws_cognito_user_pool.this.name == "portcullis-test" && aws_cognito_user_pool.this.deletion_protection == "ACTIVE" && aws_cognito_user_pool.this.admin_create_user_config[0].allow_admin_create_user_only
    error_message = "It is protected from deletion, and only administrators create users."
  }

  assert {
    condition     = aws_cognito_user_pool.this.mfa_configuration == "OPTIONAL" && aws_cognito_user_pool.this.software_token_mfa_configuration[0].enabled
    error_message = "A second factor by an app is optional."
  }

  assert {
    condition     = aws_cognito_user_pool.this.password_policy[0].minimum_length == 12 && aws_cognito_user_pool.this.password_policy[0].require_lowercase && aws_cognito_user_pool.this.password_policy[0].require_uppercase && aws_cognito_user_pool.this.password_policy[0].require_numbers && !aws_cognito_user_pool.this.password_policy[0].require_symbols
    error_message = "Passwords need 12 characters of three kinds."
  }

  assert {
    condition     = one(aws_cognito_user_pool.this.username_attributes) == "email" && one(aws_cognito_user_pool.this.user_attribute_update_settings[0].attributes_require_verification_before_update) == "email"
    error_message = "Users sign in with an email address, and a new address counts only after its verification."
  }

  assert {
    condition     = length(aws_cognito_user_pool_domain.this) == 0 && output.sign_in_url == null && !aws_cognito_user_pool_client.this.allowed_oauth_flows_user_pool_client
    error_message = "It has no sign-in pages."
  }

  assert {
    condition     = aws_cognito_user_pool_client.this.explicit_auth_flows == toset(["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]) && aws_cognito_user_pool_client.this.prevent_user_existence_errors == "ENABLED" && aws_cognito_user_pool_client.this.enable_token_revocation
    error_message = "Clients never send plain passwords, and errors do not reveal who has an account."
  }

  assert {
    condition     = aws_cognito_user_pool_client.this.access_token_validity == 60 && aws_cognito_user_pool_client.this.id_token_validity == 60 && aws_cognito_user_pool_client.this.refresh_token_validity == 30 && aws_cognito_user_pool_client.this.token_validity_units[0].access_token == "minutes" && aws_cognito_user_pool_client.this.token_validity_units[0].refresh_token == "days"
    error_message = "Tokens are valid for an hour, sessions for 30 days."
  }
}

run "lets_users_read_but_not_write_their_tenant" {
  command = plan

  module {
    source = "./modules/identity"
  }

  assert {
    condition     = one(aws_cognito_user_pool.this.schema).name == "tenant" && one(aws_cognito_user_pool.this.schema).mutable && !one(aws_cognito_user_pool.this.schema).required
    error_message = "An administrator can set and change the tenant."
  }

  assert {
    condition     = contains(aws_cognito_user_pool_client.this.read_attributes, "custom:tenant") && aws_cognito_user_pool_client.this.write_attributes == toset(["email", "name"])
    error_message = "The client can write two attributes, and not the tenant. Without a list it could write all."
  }
}

run "creates_a_group_for_each_shared_role" {
  command = plan

  module {
    source = "./modules/identity"
  }

  assert {
    condition     = keys(aws_cognito_user_group.role) == ["editor", "viewer"] && aws_cognito_user_group.role["editor"].name == "editor"
    error_message = "Groups have the names of the roles."
  }
}

run "creates_the_configured_groups" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    identity = { groups = ["Quill-Authors"] }
  }

  assert {
    condition     = keys(aws_cognito_user_group.role) == ["Quill-Authors"]
    error_message = "Groups have the configured names, for issuers.yaml that maps groups to roles."
  }
}

run "creates_the_trigger_that_writes_access_tokens" {
  command = plan

  module {
    source = "./modules/identity"
  }

  assert {
    condition     = aws_cognito_user_pool.this.lambda_config[0].pre_token_generation_config[0].lambda_version == "V3_0" && aws_cognito_user_pool.this.lambda_config[0].pre_token_generation_config[0].lambda_arn == aws_lambda_function.token_claims.arn
    error_message = "Version 3 of the event is the only one for the access tokens of users and machines."
  }

  assert {
    condition     = aws_lambda_function.token_claims.function_name == "portcullis-test-token-claims" && aws_lambda_function.token_claims.source_code_hash == var.package.sha256 && aws_lambda_function.token_claims.timeout == 5 && one(aws_lambda_function.token_claims.architectures) == "arm64"
    error_message = "It is the build's zip, and its timeout is as long as Cognito waits."
  }

  assert {
    condition     = aws_lambda_function.token_claims.environment[0].variables == tomap({ TABLE_NAME = "portcullis-test-permissions", ISSUER = "cognito" })
    error_message = "It gets the issuer's name, for memberships."
  }

  assert {
    condition     = aws_lambda_permission.token_claims.principal == "cognito-idp.amazonaws.com" && aws_lambda_permission.token_claims.source_arn == "arn:aws:cognito-idp:eu-central-1:111122223333:userpool/eu-central-1_Example12"
    error_message = "Only this pool may call it."
  }

  assert {
    condition     = aws_cloudwatch_log_group.token_claims.name == "/aws/lambda/portcullis-test-token-claims" && aws_cloudwatch_log_group.token_claims.retention_in_days == 30
    error_message = "It has its own log, with a retention."
  }
}

run "can_only_read_tenants_and_write_its_log" {
  command = plan

  module {
    source = "./modules/identity"
  }

  assert {
    condition     = length(jsondecode(module.role.policy).Statement) == 3
    error_message = "The policy has three statements."
  }

  assert {
    condition = jsondecode(module.role.policy).Statement[0] == {
      Sid       = "ReadMemberships"
      Effect    = "Allow"
      Action    = "dynamodb:BatchGetItem"
      Resource  = "arn:aws:dynamodb:eu-central-1:111122223333:table/portcullis-test-permissions"
      Condition = { "ForAllValues:StringLike" = { "dynamodb:LeadingKeys" = ["TENANT#*"] }, Null = { "dynamodb:LeadingKeys" = "false" } }
    }
    error_message = "It can read only items of tenants."
  }

  assert {
    condition     = jsondecode(module.role.policy).Statement[1].Resource == "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/portcullis-test-token-claims:*"
    error_message = "It can write its own log."
  }
}

run "decrypts_a_table_with_a_custom_key" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    table         = { name = "t", arn = "arn:aws:dynamodb:eu-central-1:111122223333:table/t", kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/1" }
    observability = { tracing = false }
  }

  assert {
    condition     = length(jsondecode(module.role.policy).Statement) == 3 && jsondecode(module.role.policy).Statement[2].Action == "kms:Decrypt" && jsondecode(module.role.policy).Statement[2].Resource == var.table.kms_key_arn
    error_message = "It can decrypt with the table's key, and cannot write traces if tracing is off."
  }
}

run "returns_the_pool_as_a_trusted_issuer" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    identity = { issuer = "customers", further_clients = ["machines1"] }
  }

  assert {
    condition = jsonencode(output.issuer) == jsonencode({
      name = "customers"
      settings = {
        url        = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example12"
        jwks_uri   = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example12/.well-known/jwks.json"
        audiences  = ["1example23456789", "machines1"]
        algorithms = ["RS256"]
      }
    })
    error_message = "The audiences are its clients."
  }

  assert {
    condition     = aws_lambda_function.token_claims.environment[0].variables["ISSUER"] == "customers"
    error_message = "The trigger gets the same issuer name."
  }
}

run "creates_sign_in_pages_if_a_domain_is_set" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    identity = { domain = { prefix = "quill-dev", callback_urls = ["https://quill.example/in", "http://localhost:8080/in"], logout_urls = ["https://quill.example/"] } }
  }

  assert {
    condition     = output.sign_in_url == "https://quill-dev.auth.eu-central-1.amazoncognito.com"
    error_message = "The output has the URL."
  }

  assert {
    condition     = aws_cognito_user_pool_client.this.allowed_oauth_flows == toset(["code"]) && aws_cognito_user_pool_client.this.allowed_oauth_flows_user_pool_client && length(aws_cognito_user_pool_client.this.callback_urls) == 2 && length(aws_cognito_user_pool_client.this.logout_urls) == 1
    error_message = "Only the code flow is allowed, so that no URL has a token."
  }
}

run "accepts_plain_passwords_for_development" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    identity = { password_login = true, mfa = "off", deletion_protection = false, self_sign_up = true, tier = "PLUS" }
  }

  assert {
    condition     = contains(aws_cognito_user_pool_client.this.explicit_auth_flows, "ALLOW_USER_PASSWORD_AUTH")
    error_message = "The client accepts plain passwords, so that npx portcullis login works."
  }

  assert {
    condition     = aws_cognito_user_pool.this.mfa_configuration == "OFF" && length(aws_cognito_user_pool.this.software_token_mfa_configuration) == 0 && aws_cognito_user_pool.this.deletion_protection == "INACTIVE" && !aws_cognito_user_pool.this.admin_create_user_config[0].allow_admin_create_user_only && aws_cognito_user_pool.this.user_pool_tier == "PLUS"
    error_message = "The pool has the settings."
  }
}

run "requires_a_second_factor_if_configured" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    identity = { mfa = "required" }
  }

  assert {
    condition     = aws_cognito_user_pool.this.mfa_configuration == "ON"
    error_message = "A second factor is required."
  }
}

run "rejects_an_invalid_name" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    name = "no spaces"
  }

  expect_failures = [var.name]
}

run "rejects_a_package_without_hash" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    package = { path = "x.zip", sha256 = "44136fa3" }
  }

  expect_failures = [var.package]
}

run "rejects_an_old_runtime" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    runtime = "nodejs20.x"
  }

  expect_failures = [var.runtime]
}

run "rejects_an_invalid_table" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    table = { name = "t", arn = "t" }
  }

  expect_failures = [var.table]
}

run "rejects_a_role_without_name" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    roles = [""]
  }

  expect_failures = [var.roles]
}

run "rejects_an_invalid_issuer_name" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    identity = { issuer = "a b" }
  }

  expect_failures = [var.identity]
}

run "rejects_an_invalid_mfa_setting" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    identity = { mfa = "sms" }
  }

  expect_failures = [var.identity]
}

run "rejects_password_login_with_a_required_second_factor" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    identity = { mfa = "required", password_login = true }
  }

  expect_failures = [var.identity]
}

run "rejects_short_passwords" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    identity = { password = { minimum_length = 7 } }
  }

  expect_failures = [var.identity]
}

run "rejects_a_lifetime_of_access_tokens_above_a_day" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    identity = { access_token_minutes = 1441 }
  }

  expect_failures = [var.identity]
}

run "rejects_a_lifetime_of_id_tokens_below_5_minutes" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    identity = { id_token_minutes = 4 }
  }

  expect_failures = [var.identity]
}

run "rejects_a_lifetime_of_refresh_tokens_of_0" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    identity = { refresh_token_days = 0 }
  }

  expect_failures = [var.identity]
}

run "rejects_a_group_named_twice" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    identity = { groups = ["a", "a"] }
  }

  expect_failures = [var.identity]
}

run "rejects_a_domain_with_a_reserved_word" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    identity = { domain = { prefix = "my-cognito", callback_urls = ["https://quill.example/"] } }
  }

  expect_failures = [var.identity]
}

run "rejects_a_domain_without_callback_urls" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    identity = { domain = { prefix = "quill", callback_urls = [] } }
  }

  expect_failures = [var.identity]
}

run "rejects_a_callback_without_tls" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    identity = { domain = { prefix = "quill", callback_urls = ["http://quill.example/"] } }
  }

  expect_failures = [var.identity]
}

run "rejects_an_invalid_client" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    identity = { further_clients = [""] }
  }

  expect_failures = [var.identity]
}

run "rejects_the_tier_without_the_trigger" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    identity = { tier = "LITE" }
  }

  expect_failures = [var.identity]
}

run "rejects_a_retention_that_cloudwatch_does_not_support" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    observability = { retention_days = 42 }
  }

  expect_failures = [var.observability]
}

run "rejects_an_invalid_key" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    observability = { kms_key_arn = "alias/logs" }
  }

  expect_failures = [var.observability]
}

run "creates_a_client_with_a_secret_for_each_machine" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    identity = {
      domain   = { prefix = "quill", callback_urls = ["https://app.example.com"] }
      machines = { reports = { scopes = ["notes/read", "notes/write"] }, sync = { scopes = ["https:api.example.com/v1/notes/read", "notes/read"] } }
    }
  }

  assert {
    condition     = { for name, client in aws_cognito_user_pool_client.machine : name => [client.generate_secret, client.allowed_oauth_flows == toset(["client_credentials"]), client.explicit_auth_flows == toset(["ALLOW_REFRESH_TOKEN_AUTH"])] } == { reports = [true, true, true], sync = [true, true, true] }
    error_message = "It gets tokens by its own secret only, and no user signs in by it."
  }

  assert {
    condition     = alltrue([for client in aws_cognito_user_pool_client.machine : client.write_attributes == toset(["email", "name"]) && client.token_validity_units[0].access_token == "minutes" && client.access_token_validity == 60])
    error_message = "It cannot write the tenant."
  }

  assert {
    condition     = { for name, server in aws_cognito_resource_server.this : name => sort(server.scope[*].scope_name) } == { "https:api.example.com/v1/notes" = tolist(["read"]), notes = tolist(["read", "write"]) }
    error_message = "Each scope has its resource server, and no scope is in one twice."
  }

  assert {
    condition     = output.machine_clients == { reports = "1example23456789", sync = "1example23456789" } && length(output.issuer.settings.audiences) == 3
    error_message = "Its tokens are accepted."
  }
}

run "rejects_a_machine_without_a_domain" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    identity = { machines = { reports = { scopes = ["notes/read"] } } }
  }

  expect_failures = [var.identity]
}

run "rejects_a_machine_whose_scope_has_no_resource_server" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    identity = {
      domain   = { prefix = "quill", callback_urls = ["https://app.example.com"] }
      machines = { reports = { scopes = ["read"] } }
    }
  }

  expect_failures = [var.identity]
}

run "needs_what_the_page_says" {
  command = plan

  module {
    source = "./modules/identity"
  }

  assert {
    condition     = replace(jsonencode(jsondecode(output.role_policy)), "portcullis-test", "portcullis-dev") == jsonencode(jsondecode(regex("(?s)\n`token-claims`[^\n]*:\n\n```json\n(.*?)\n```", file("docs/operations.md"))[0]))
    error_message = "docs/operations.md has exactly the statements of the role."
  }
}

run "uses_an_existing_role" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    iam = { roles = { token-claims = "arn:aws:iam::111122223333:role/teams/own" } }
  }

  assert {
    condition     = aws_lambda_function.token_claims.role == "arn:aws:iam::111122223333:role/teams/own"
    error_message = "The function runs as the existing role."
  }
}

run "runs_in_the_subnets_of_a_vpc" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    vpc = { subnet_ids = ["subnet-0a"], security_group_ids = ["sg-0a"], dynamodb_endpoint = true }
  }

  assert {
    condition     = aws_lambda_function.token_claims.vpc_config[0].subnet_ids == toset(["subnet-0a"]) && strcontains(output.role_policy, "ec2:CreateNetworkInterface")
    error_message = "The function is in the subnets, and Lambda can create its network interfaces."
  }
}

run "encrypts_its_environment_with_a_key_of_your_own" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    environment_kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/two"
  }

  assert {
    condition     = aws_lambda_function.token_claims.kms_key_arn == var.environment_kms_key_arn && [for statement in jsondecode(output.role_policy).Statement : [statement.Action, statement.Resource] if statement.Sid == "DecryptEnvironment"] == [["kms:Decrypt", var.environment_kms_key_arn]]
    error_message = "The variables are encrypted with the key, and the role can decrypt them."
  }
}

run "rejects_an_invalid_key_for_the_environment" {
  command = plan

  module {
    source = "./modules/identity"
  }

  variables {
    environment_kms_key_arn = "alias/own"
  }

  expect_failures = [var.environment_kms_key_arn]
}
