# The authorizer's function, planned without AWS.

mock_provider "aws" {
  override_during = plan

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/portcullis-test-authorizer" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/portcullis-test-authorizer" }
  }

  mock_resource "aws_lambda_function" {
    defaults = { version = "7" }
  }

  mock_data "aws_lambda_function" {
    defaults = { description = "Decides; layout 0123456789ab" }
  }

  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:eu-central-1:111122223333:rule/portcullis-test-authorizer-ping" }
  }

  mock_resource "aws_lambda_alias" {
    defaults = { arn = "arn:aws:lambda:eu-central-1:111122223333:function:portcullis-test-authorizer:layout-0123456789ab", invoke_arn = "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-central-1:111122223333:function:portcullis-test-authorizer:layout-0123456789ab/invocations" }
  }
}

variables {
  name             = "portcullis-test"
  package          = { path = "build/authorizer.zip", sha256 = "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=" }
  layout           = "0123456789ab"
  caching_mode     = "token"
  table            = { name = "portcullis-test-permissions", arn = "arn:aws:dynamodb:eu-central-1:111122223333:table/portcullis-test-permissions" }
  expected_issuers = ["main"]
  issuers          = { main = { url = "https://login.example.com/", audiences = ["api"] } }
}

run "creates_a_published_function_behind_the_alias_of_its_layout" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  assert {
    condition     = aws_lambda_function.this.function_name == "portcullis-test-authorizer" && aws_lambda_function.this.publish && aws_lambda_function.this.handler == "index.handler"
    error_message = "The function is published."
  }

  assert {
    condition     = aws_lambda_function.this.runtime == "nodejs22.x" && one(aws_lambda_function.this.architectures) == "arm64" && aws_lambda_function.this.memory_size == 512 && aws_lambda_function.this.timeout == 10
    error_message = "By default it runs Node.js 22 on arm64."
  }

  assert {
    condition     = aws_lambda_function.this.source_code_hash == var.package.sha256 && aws_lambda_function.this.filename == var.package.path
    error_message = "It is the build's zip."
  }

  assert {
    condition     = aws_lambda_function.this.reserved_concurrent_executions == -1 && length(aws_lambda_provisioned_concurrency_config.layout) == 0
    error_message = "By default no concurrency is reserved or provisioned."
  }

  assert {
    condition     = length(aws_appautoscaling_target.warm) == 0 && length(aws_appautoscaling_scheduled_action.warm) == 0 && length(aws_lambda_provisioned_concurrency_config.scheduled) == 0 && length(aws_cloudwatch_event_rule.ping) == 0 && length(aws_cloudwatch_event_target.ping) == 0 && length(aws_lambda_permission.ping) == 0
    error_message = "By default there is no schedule and no ping."
  }

  assert {
    condition     = length(aws_lambda_alias.layout["0123456789ab"].routing_config) == 0 && length(data.aws_lambda_function.stable) == 0 && output.version == "7" && output.canary == null
    error_message = "By default the new version gets every request."
  }

  assert {
    condition     = endswith(aws_lambda_function.this.description, "; layout 0123456789ab")
    error_message = "A version's description has its layout."
  }

  assert {
    condition     = aws_lambda_function.this.tracing_config[0].mode == "Active"
    error_message = "It is traced."
  }

  assert {
    condition     = aws_lambda_alias.layout["0123456789ab"].name == "layout-0123456789ab" && aws_lambda_alias.layout["0123456789ab"].function_version == "7"
    error_message = "The alias has the layout's name, and refers to the published version."
  }

  assert {
    condition     = output.function.alias == "layout-0123456789ab" && output.function.invoke_uri == aws_lambda_alias.layout["0123456789ab"].invoke_arn
    error_message = "The output for the API has the alias, not the function alone."
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.name == "/aws/lambda/portcullis-test-authorizer" && aws_cloudwatch_log_group.this.retention_in_days == 30
    error_message = "It has its own log, with a retention."
  }
}

run "sets_the_environment_variables_that_the_function_reads" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    expected_issuers = ["main", "okta"]
    issuers = {
      main = { url = "https://login.example.com/", audiences = ["api"] }
      okta = { url = "https://okta.example.com", jwks_uri = "https://keys.example.com/jwks", audiences = ["a", "b"], algorithms = ["ES256", "EdDSA"] }
    }
    authorizer    = { permissions_ttl_seconds = 5, serve_stale_permissions_seconds = 600 }
    observability = { metrics = "tenant", log_level = "debug" }
  }

  assert {
    condition     = aws_lambda_function.this.environment[0].variables == tomap({ TABLE_NAME = "portcullis-test-permissions", CACHING_MODE = "token", CLOCK_TOLERANCE_SECONDS = "30", PERMISSIONS_TTL_SECONDS = "5", KEYS_STALE_SECONDS = "86400", METRICS = "tenant", LOG_LEVEL = "debug", SERVE_STALE_PERMISSIONS_SECONDS = "600", SHADOW = "off", ISSUERS = jsonencode({ main = { url = "https://login.example.com/", audiences = ["api"], algorithms = ["RS256"] }, okta = { url = "https://okta.example.com", jwksUri = "https://keys.example.com/jwks", audiences = ["a", "b"], algorithms = ["ES256", "EdDSA"] } }) })
    error_message = "The function gets these variables and no others, without values that are null."
  }
}

run "can_only_read_the_table_and_write_its_log" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  assert {
    condition     = length(jsondecode(module.role.policy).Statement) == 4
    error_message = "The policy has four statements."
  }

  assert {
    condition     = jsondecode(module.role.policy).Statement[0] == { Sid = "ReadCatalogue", Effect = "Allow", Action = "dynamodb:Query", Resource = "arn:aws:dynamodb:eu-central-1:111122223333:table/portcullis-test-permissions", Condition = { "ForAllValues:StringLike" = { "dynamodb:LeadingKeys" = ["CATALOGUE", "ISSUERS"] }, Null = { "dynamodb:LeadingKeys" = "false" } } }
    error_message = "It can query only the catalogue and the issuers' kill switches."
  }

  assert {
    condition     = jsondecode(module.role.policy).Statement[1] == { Sid = "ReadPermissions", Effect = "Allow", Action = "dynamodb:BatchGetItem", Resource = "arn:aws:dynamodb:eu-central-1:111122223333:table/portcullis-test-permissions", Condition = { "ForAllValues:StringLike" = { "dynamodb:LeadingKeys" = ["TENANT#*", "KEYS"] }, Null = { "dynamodb:LeadingKeys" = "false" } } }
    error_message = "It can get only items of tenants and persisted keys, not the history or the published versions."
  }

  assert {
    condition     = jsondecode(module.role.policy).Statement[2] == { Sid = "WriteLog", Effect = "Allow", Action = ["logs:CreateLogStream", "logs:PutLogEvents"], Resource = "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/portcullis-test-authorizer:*" }
    error_message = "It can write only its own log."
  }

  assert {
    condition     = jsondecode(module.role.policy).Statement[3] == { Sid = "WriteTraces", Effect = "Allow", Action = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], Resource = "*" }
    error_message = "It can write traces."
  }
}

run "decrypts_a_table_with_a_custom_key_and_writes_no_traces_if_disabled" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    table = {
      name        = "portcullis-test-permissions"
      arn         = "arn:aws:dynamodb:eu-central-1:111122223333:table/portcullis-test-permissions"
      kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/one"
    }
    observability = { tracing = false }
  }

  assert {
    condition     = length(jsondecode(module.role.policy).Statement) == 4 && jsondecode(module.role.policy).Statement[3].Action == "kms:Decrypt" && jsondecode(module.role.policy).Statement[3].Resource == "arn:aws:kms:eu-central-1:111122223333:key/one"
    error_message = "It can decrypt only with the table's key."
  }

  assert {
    condition     = jsondecode(module.role.policy).Statement[3].Condition == { StringLike = { "kms:ViaService" = "dynamodb.*.amazonaws.com*" } }
    error_message = "It can decrypt only through DynamoDB."
  }

  assert {
    condition     = aws_lambda_function.this.tracing_config[0].mode == "PassThrough"
    error_message = "It is not traced."
  }
}

run "provisions_concurrency_on_the_alias" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    authorizer    = { provisioned_concurrency = 2, reserved_concurrency = 10, memory_mb = 1024, timeout_seconds = 29 }
    observability = { retention_days = 365, kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/logs" }
  }

  assert {
    condition     = aws_lambda_provisioned_concurrency_config.layout[0].qualifier == "layout-0123456789ab" && aws_lambda_provisioned_concurrency_config.layout[0].provisioned_concurrent_executions == 2
    error_message = "Concurrency is provisioned on the alias that the API calls."
  }

  assert {
    condition     = aws_lambda_function.this.reserved_concurrent_executions == 10 && aws_lambda_function.this.memory_size == 1024 && aws_lambda_function.this.timeout == 29
    error_message = "The settings are applied."
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.retention_in_days == 365 && aws_cloudwatch_log_group.this.kms_key_id == "arn:aws:kms:eu-central-1:111122223333:key/logs"
    error_message = "The log has the key and the retention given."
  }
}

run "accepts_both_names_of_ed25519_and_a_private_name_whose_keys_are_public" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    issuers = { main = { url = "https://keycloak.corp.internal", jwks_uri = "https://keys.example.com/jwks", audiences = ["api"], algorithms = ["Ed25519", "EdDSA"] } }
  }
}

run "rejects_issuers_whose_keys_are_in_a_private_network" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    issuers = { main = { url = "https://keycloak.corp.internal/realms/main", audiences = ["api"] } }
  }

  expect_failures = [var.issuers]
}

run "rejects_keys_in_a_private_network" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    issuers = { main = { url = "https://login.example.com", jwks_uri = "https://keys.Corp.LOCAL:8443/jwks", audiences = ["api"] } }
  }

  expect_failures = [var.issuers]
}

run "rejects_an_invalid_name" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    name = "no spaces"
  }

  expect_failures = [var.name]
}

run "rejects_a_package_without_hash" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    package = { path = "x.zip", sha256 = "44136fa3" }
  }

  expect_failures = [var.package]
}

run "rejects_an_invalid_layout" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    layout = "latest"
  }

  expect_failures = [var.layout]
}

run "rejects_an_invalid_caching_mode" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    caching_mode = "auto"
  }

  expect_failures = [var.caching_mode]
}

run "rejects_an_invalid_table" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    table = { name = "x", arn = "x" }
  }

  expect_failures = [var.table]
}

run "rejects_policy_files_without_issuer" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    expected_issuers = []
  }

  expect_failures = [var.expected_issuers]
}

run "rejects_an_issuer_over_http" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    issuers = { main = { url = "http://login.example.com", audiences = ["api"] } }
  }

  expect_failures = [var.issuers]
}

run "rejects_an_issuer_on_localhost" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    issuers = { main = { url = "https://localhost/", audiences = ["api"] } }
  }

  expect_failures = [var.issuers]
}

run "rejects_an_issuer_below_localhost" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    issuers = { main = { url = "https://login.localhost", audiences = ["api"] } }
  }

  expect_failures = [var.issuers]
}

run "rejects_an_issuer_on_loopback" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    issuers = { main = { url = "https://127.0.0.1/", audiences = ["api"] } }
  }

  expect_failures = [var.issuers]
}

run "rejects_an_issuer_on_loopback_of_ipv6" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    issuers = { main = { url = "https://[::1]/", audiences = ["api"] } }
  }

  expect_failures = [var.issuers]
}

run "rejects_an_issuer_with_a_user" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    issuers = { main = { url = "https://me@login.example.com", audiences = ["api"] } }
  }

  expect_failures = [var.issuers]
}

run "rejects_an_issuer_with_a_fragment" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    issuers = { main = { url = "https://login.example.com/#a", audiences = ["api"] } }
  }

  expect_failures = [var.issuers]
}

run "rejects_keys_over_http" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    issuers = { main = { url = "https://login.example.com", jwks_uri = "http://login.example.com/jwks", audiences = ["api"] } }
  }

  expect_failures = [var.issuers]
}

run "rejects_keys_on_loopback" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    issuers = { main = { url = "https://login.example.com", jwks_uri = "https://127.0.0.1/jwks", audiences = ["api"] } }
  }

  expect_failures = [var.issuers]
}

run "rejects_an_issuer_without_audience" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    issuers = { main = { url = "https://login.example.com", audiences = [] } }
  }

  expect_failures = [var.issuers]
}

run "rejects_an_issuer_with_an_empty_audience" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    issuers = { main = { url = "https://login.example.com", audiences = ["api", ""] } }
  }

  expect_failures = [var.issuers]
}

run "rejects_a_symmetric_algorithm" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    issuers = { main = { url = "https://login.example.com", audiences = ["api"], algorithms = ["RS256", "HS256"] } }
  }

  expect_failures = [var.issuers]
}

run "rejects_an_issuer_without_algorithm" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    issuers = { main = { url = "https://login.example.com", audiences = ["api"], algorithms = [] } }
  }

  expect_failures = [var.issuers]
}

run "accepts_a_url_with_a_variable" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    expected_directories = ["main"]
    issuers              = { main = { url = "https://cognito-idp.eu-central-1.amazonaws.com/{pool}", audiences = ["api"] } }
  }

  assert {
    condition     = jsondecode(aws_lambda_function.this.environment[0].variables.ISSUERS).main.url == "https://cognito-idp.eu-central-1.amazonaws.com/{pool}"
    error_message = "The function gets the template unchanged."
  }

  assert {
    condition     = strcontains(module.role.policy, "DIRECTORY#*")
    error_message = "The function may read the items that find the tenants of directories."
  }
}

run "accepts_one_key_set_for_all_directories" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    expected_directories = ["main"]
    issuers              = { main = { url = "https://login.microsoftonline.com/{tid}/v2.0", jwks_uri = "https://login.microsoftonline.com/common/discovery/v2.0/keys", audiences = ["api"] } }
  }

  assert {
    condition     = jsondecode(aws_lambda_function.this.environment[0].variables.ISSUERS).main.jwksUri == "https://login.microsoftonline.com/common/discovery/v2.0/keys"
    error_message = "The function gets the location of the keys."
  }
}

run "accepts_a_variable_as_the_first_label_of_the_host" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    expected_directories = ["main"]
    issuers              = { main = { url = "https://{org}.okta.com/oauth2/default", audiences = ["api"] } }
  }

  assert {
    condition     = jsondecode(aws_lambda_function.this.environment[0].variables.ISSUERS).main.url == "https://{org}.okta.com/oauth2/default"
    error_message = "The function gets the template unchanged."
  }
}

run "rejects_two_variables" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    expected_directories = ["main"]
    issuers              = { main = { url = "https://login.example.com/{a}/{b}", audiences = ["api"] } }
  }

  expect_failures = [var.issuers]
}

run "rejects_a_variable_that_is_a_part_of_a_segment" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    expected_directories = ["main"]
    issuers              = { main = { url = "https://login.microsoftonline.com/x{tid}/v2.0", audiences = ["api"] } }
  }

  expect_failures = [var.issuers]
}

run "rejects_a_variable_in_the_middle_of_the_host" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    expected_directories = ["main"]
    issuers              = { main = { url = "https://login.{org}.example.com", audiences = ["api"] } }
  }

  expect_failures = [var.issuers]
}

run "rejects_a_variable_before_a_top_level_domain" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    expected_directories = ["main"]
    issuers              = { main = { url = "https://{org}.com", audiences = ["api"] } }
  }

  expect_failures = [var.issuers]
}

run "rejects_directories_without_a_variable" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    expected_directories = ["main"]
    issuers              = { main = { url = "https://login.example.com", audiences = ["api"] } }
  }

  expect_failures = [aws_lambda_function.this]
}

run "rejects_a_variable_without_directories" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    issuers = { main = { url = "https://cognito-idp.eu-central-1.amazonaws.com/{pool}", audiences = ["api"] } }
  }

  expect_failures = [aws_lambda_function.this]
}

run "answers_pages_of_the_allowed_origins" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    access_origins = ["https://app.example.com", "https://admin.example.com"]
  }

  assert {
    condition     = aws_lambda_function.this.environment[0].variables.ACCESS_ORIGINS == "https://app.example.com,https://admin.example.com"
    error_message = "The function gets the origins of the access route."
  }
}

run "waits_longer_for_slow_issuers_if_configured" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    authorizer = { keys_timeout_seconds = 5 }
  }

  assert {
    condition     = aws_lambda_function.this.environment[0].variables.KEYS_TIMEOUT_SECONDS == "5"
    error_message = "The function gets the timeout of keys."
  }
}

run "rejects_a_timeout_of_keys_that_the_function_cannot_wait_for" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    authorizer = { keys_timeout_seconds = 6, timeout_seconds = 7 }
  }

  expect_failures = [var.authorizer]
}

run "rejects_two_issuers_with_one_url" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    expected_issuers = ["main", "twin"]
    issuers = {
      main = { url = "https://login.example.com", audiences = ["api"] }
      twin = { url = "https://login.example.com", audiences = ["api"] }
    }
  }

  expect_failures = [var.issuers]
}

run "rejects_two_issuers_whose_urls_differ_in_the_name_of_the_variable" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    expected_issuers = ["main", "twin"]
    issuers = {
      main = { url = "https://cognito-idp.eu-central-1.amazonaws.com/{pool}", audiences = ["api"] }
      twin = { url = "https://cognito-idp.eu-central-1.amazonaws.com/{tenant}", audiences = ["api"] }
    }
  }

  expect_failures = [var.issuers]
}

run "rejects_a_missing_issuer" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    expected_issuers = ["main", "okta"]
  }

  expect_failures = [aws_lambda_function.this]
}

run "rejects_an_unknown_issuer" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    expected_issuers = ["main"]
    issuers = {
      main = { url = "https://login.example.com", audiences = ["api"] }
      okta = { url = "https://okta.example.com", audiences = ["api"] }
    }
  }

  expect_failures = [aws_lambda_function.this]
}

run "rejects_an_environment_above_4_kb" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    issuers = { main = { url = "https://login.example.com", audiences = [for number in range(300) : "audience-${number}"] } }
  }

  expect_failures = [aws_lambda_function.this]
}

run "rejects_an_old_runtime" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    authorizer = { runtime = "nodejs20.x" }
  }

  expect_failures = [var.authorizer]
}

run "rejects_too_little_memory" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    authorizer = { memory_mb = 64 }
  }

  expect_failures = [var.authorizer]
}

run "rejects_a_timeout_beyond_api_gateway" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    authorizer = { timeout_seconds = 30 }
  }

  expect_failures = [var.authorizer]
}

run "rejects_a_reserved_concurrency_of_0" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    authorizer = { reserved_concurrency = 0 }
  }

  expect_failures = [var.authorizer]
}

run "rejects_more_provisioned_than_reserved_concurrency" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    authorizer = { provisioned_concurrency = 5, reserved_concurrency = 2 }
  }

  expect_failures = [var.authorizer]
}

run "rejects_a_clock_tolerance_beyond_5_minutes" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    authorizer = { clock_tolerance_seconds = 301 }
  }

  expect_failures = [var.authorizer]
}

run "rejects_a_ttl_beyond_an_hour" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    authorizer = { permissions_ttl_seconds = 3601 }
  }

  expect_failures = [var.authorizer]
}

run "serves_no_stale_permissions_by_default" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  assert {
    condition     = aws_lambda_function.this.environment[0].variables["SERVE_STALE_PERMISSIONS_SECONDS"] == "0"
    error_message = "By default a request during an outage of the table is an error."
  }
}

run "rejects_stale_permissions_beyond_an_hour" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    authorizer = { serve_stale_permissions_seconds = 3601 }
  }

  expect_failures = [var.authorizer]
}

run "rejects_stale_permissions_in_parts_of_a_second" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    authorizer = { serve_stale_permissions_seconds = 0.5 }
  }

  expect_failures = [var.authorizer]
}

run "rejects_a_timeout_below_the_functions_own_deadlines" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    authorizer = { timeout_seconds = 4 }
  }

  expect_failures = [var.authorizer]
}

run "rejects_stale_keys_beyond_a_week" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    authorizer = { keys_stale_seconds = 604801 }
  }

  expect_failures = [var.authorizer]
}

run "rejects_a_retention_that_cloudwatch_does_not_support" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    observability = { retention_days = 42 }
  }

  expect_failures = [var.observability]
}

run "rejects_an_invalid_key_for_logs" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    observability = { kms_key_arn = "alias/logs" }
  }

  expect_failures = [var.observability]
}

run "has_no_usage_keys_by_default" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  assert {
    condition     = alltrue([for name in keys(aws_lambda_function.this.environment[0].variables) : !startswith(name, "USAGE_")])
    error_message = "Without usage plans there is no secret."
  }
}

run "derives_keys_from_the_given_secret" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    usage_keys = { per = "tenant", secret = sha256("secret") }
  }

  assert {
    condition     = nonsensitive(aws_lambda_function.this.environment[0].variables["USAGE_PLANS_PER"]) == "tenant" && nonsensitive(aws_lambda_function.this.environment[0].variables["USAGE_KEY_SECRET"]) == sha256("secret")
    error_message = "The function gets the kind of holder and the secret."
  }

  assert {
    condition     = aws_lambda_function.this.environment[0].variables["TABLE_NAME"] == "portcullis-test-permissions"
    error_message = "Its other variables are neither sensitive nor lost."
  }
}

run "writes_no_metrics_and_no_debug_logs_by_default" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  assert {
    condition     = aws_lambda_function.this.environment[0].variables.METRICS == "off" && aws_lambda_function.this.environment[0].variables.LOG_LEVEL == "info"
    error_message = "Metrics, which cost money, and debug logs, which are long, are off by default."
  }
}

run "rejects_an_invalid_metrics_setting" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    observability = { metrics = "all" }
  }

  expect_failures = [var.observability]
}

run "rejects_an_invalid_log_level" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    observability = { log_level = "trace" }
  }

  expect_failures = [var.observability]
}

run "evaluates_the_candidate_too_if_configured" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    authorizer = { shadow = true }
  }

  assert {
    condition     = aws_lambda_function.this.environment[0].variables["SHADOW"] == "on"
    error_message = "The function gets the setting."
  }

  assert {
    condition     = length(jsondecode(module.role.policy).Statement) == 4 && jsondecode(module.role.policy).Statement[0].Condition["ForAllValues:StringLike"] == { "dynamodb:LeadingKeys" = ["CATALOGUE", "ISSUERS", "SHADOW#CATALOGUE"] } && jsondecode(module.role.policy).Statement[1].Condition["ForAllValues:StringLike"] == { "dynamodb:LeadingKeys" = ["TENANT#*", "KEYS", "SHADOW#TENANT#*"] }
    error_message = "Its role can also read the candidate's partitions."
  }
}

run "changes_provisioned_concurrency_by_schedule" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    authorizer = {
      provisioned_concurrency = 1
      schedule = {
        morning = { at = "cron(0 7 ? * MON-FRI *)", concurrency = 5, timezone = "Europe/Berlin" }
        evening = { at = "cron(0 19 ? * MON-FRI *)", concurrency = 0 }
      }
    }
  }

  assert {
    condition     = length(aws_lambda_provisioned_concurrency_config.layout) == 0 && aws_lambda_provisioned_concurrency_config.scheduled[0].provisioned_concurrent_executions == 1 && aws_lambda_provisioned_concurrency_config.scheduled[0].qualifier == "layout-0123456789ab"
    error_message = "It starts with provisioned_concurrency, on the alias that the API calls."
  }

  assert {
    condition     = aws_appautoscaling_target.warm[0].resource_id == "function:portcullis-test-authorizer:layout-0123456789ab" && aws_appautoscaling_target.warm[0].scalable_dimension == "lambda:function:ProvisionedConcurrency" && aws_appautoscaling_target.warm[0].min_capacity == 1 && aws_appautoscaling_target.warm[0].max_capacity == 5
    error_message = "The alias is scaled."
  }

  assert {
    condition     = aws_appautoscaling_scheduled_action.warm["morning"].schedule == "cron(0 7 ? * MON-FRI *)" && aws_appautoscaling_scheduled_action.warm["morning"].timezone == "Europe/Berlin" && aws_appautoscaling_scheduled_action.warm["morning"].scalable_target_action[0].min_capacity == "5" && aws_appautoscaling_scheduled_action.warm["morning"].scalable_target_action[0].max_capacity == "5"
    error_message = "At its time, the concurrency is exactly the configured number."
  }

  assert {
    condition     = aws_appautoscaling_scheduled_action.warm["evening"].scalable_target_action[0].max_capacity == "0" && aws_appautoscaling_scheduled_action.warm["evening"].timezone == "UTC"
    error_message = "At night it is 0, and the default time zone is UTC."
  }
}

run "lets_only_its_own_rule_send_pings" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    authorizer = { ping_minutes = 5 }
  }

  assert {
    condition     = aws_cloudwatch_event_rule.ping[0].schedule_expression == "rate(5 minutes)"
    error_message = "The interval is the configured one."
  }

  assert {
    condition     = aws_cloudwatch_event_target.ping[0].arn == aws_lambda_alias.layout["0123456789ab"].arn && jsondecode(aws_cloudwatch_event_target.ping[0].input) == { portcullis = "ping" }
    error_message = "The alias gets an event that API Gateway never sends."
  }

  assert {
    condition     = aws_lambda_permission.ping[0].principal == "events.amazonaws.com" && aws_lambda_permission.ping[0].source_arn == aws_cloudwatch_event_rule.ping[0].arn && aws_lambda_permission.ping[0].qualifier == "layout-0123456789ab"
    error_message = "Only this rule may invoke the alias."
  }
}

run "records_its_layout_for_the_next_apply" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  assert {
    condition     = keys(aws_lambda_alias.layout) == ["0123456789ab"] && length(output.function.kept_aliases) == 0
    error_message = "Before the first change of the layout there is one alias."
  }

  assert {
    condition     = aws_ssm_parameter.layouts.name == "/portcullis-test-authorizer/layouts" && jsondecode(aws_ssm_parameter.layouts.insecure_value) == { layout = "0123456789ab", version = "7", previous = null }
    error_message = "The parameter has the layout and the version behind its alias."
  }
}

run "keeps_the_previous_layouts_alias_at_its_version" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  override_data {
    target = data.aws_ssm_parameters_by_path.layouts
    values = { names = ["/portcullis-test-authorizer/layouts"], values = ["{\"layout\":\"ba9876543210\",\"version\":\"6\",\"previous\":{\"layout\":\"cccccccccccc\",\"version\":\"5\"}}"] }
  }

  assert {
    condition     = { for layout, alias in aws_lambda_alias.layout : layout => alias.function_version } == { "0123456789ab" = "7", ba9876543210 = "6" } && output.function.kept_aliases == ["layout-ba9876543210"]
    error_message = "The old deployment calls the previous layout's alias, and nothing calls the one before that."
  }

  assert {
    condition     = jsondecode(aws_ssm_parameter.layouts.insecure_value).previous == { layout = "ba9876543210", version = "6" }
    error_message = "The previous layout is recorded, so that the next plan is empty."
  }
}

run "keeps_the_previous_layout_while_the_layout_stays" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    canary = { stable_version = "6", weight = 0.1 }
  }

  override_data {
    target = data.aws_ssm_parameters_by_path.layouts
    values = { names = ["/portcullis-test-authorizer/layouts"], values = ["{\"layout\":\"0123456789ab\",\"version\":\"6\",\"previous\":{\"layout\":\"ba9876543210\",\"version\":\"5\"}}"] }
  }

  assert {
    condition     = { for layout, alias in aws_lambda_alias.layout : layout => alias.function_version } == { "0123456789ab" = "6", ba9876543210 = "5" } && length(aws_lambda_alias.layout["ba9876543210"].routing_config) == 0
    error_message = "A canary divides the requests of the current layout only."
  }
}

run "divides_requests_between_two_versions_of_one_layout" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    canary = { stable_version = "6", weight = 0.1 }
  }

  assert {
    condition     = aws_lambda_alias.layout["0123456789ab"].name == "layout-0123456789ab" && aws_lambda_alias.layout["0123456789ab"].function_version == "6" && aws_lambda_alias.layout["0123456789ab"].routing_config[0].additional_version_weights == tomap({ "7" = 0.1 })
    error_message = "The newest version gets its share, and the stable version gets the other requests."
  }

  assert {
    condition     = output.version == "6" && output.canary == { version = "7", weight = 0.1 }
    error_message = "The outputs have both versions."
  }
}

run "rejects_a_canary_with_a_stable_version_of_another_layout" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    layout = "ba9876543210"
    canary = { stable_version = "6", weight = 0.1 }
  }

  expect_failures = [aws_lambda_alias.layout]
}

run "rejects_a_canary_without_a_newer_version" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    canary = { stable_version = "7", weight = 0.1 }
  }

  expect_failures = [aws_lambda_alias.layout]
}

run "rejects_a_canary_with_provisioned_concurrency" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    canary     = { stable_version = "6", weight = 0.1 }
    authorizer = { provisioned_concurrency = 2 }
  }

  expect_failures = [var.canary]
}

run "rejects_a_canary_with_a_schedule" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    canary     = { stable_version = "6", weight = 0.1 }
    authorizer = { schedule = { morning = { at = "cron(0 6 * * ? *)", concurrency = 2 } } }
  }

  expect_failures = [var.canary]
}

run "rejects_a_canary_weight_above_1" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    canary = { stable_version = "6", weight = 10 }
  }

  expect_failures = [var.canary]
}

run "rejects_a_canary_with_an_unpublished_stable_version" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    canary = { stable_version = "$LATEST", weight = 0.1 }
  }

  expect_failures = [var.canary]
}

run "rejects_a_schedule_without_a_time" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    authorizer = { schedule = { morning = { at = "7:00", concurrency = 1 } } }
  }

  expect_failures = [var.authorizer]
}

run "rejects_a_schedule_above_the_reserved_concurrency" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    authorizer = { reserved_concurrency = 2, schedule = { morning = { at = "cron(0 7 * * ? *)", concurrency = 3 } } }
  }

  expect_failures = [var.authorizer]
}

run "rejects_pings_beyond_an_hour" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    authorizer = { ping_minutes = 61 }
  }

  expect_failures = [var.authorizer]
}

run "encrypts_its_environment_with_a_custom_key" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    authorizer = { environment_kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/two" }
  }

  assert {
    condition     = aws_lambda_function.this.kms_key_arn == "arn:aws:kms:eu-central-1:111122223333:key/two"
    error_message = "The function's environment has the key."
  }

  assert {
    condition     = [for statement in jsondecode(module.role.policy).Statement : [statement.Action, statement.Resource] if statement.Sid == "DecryptEnvironment"] == [["kms:Decrypt", "arn:aws:kms:eu-central-1:111122223333:key/two"]]
    error_message = "The role can decrypt with this key."
  }
}

run "rejects_an_environment_key_that_is_no_arn" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    authorizer = { environment_kms_key_arn = "alias/mine" }
  }

  expect_failures = [var.authorizer]
}

run "passes_the_hosts_of_issuers_with_a_url_and_reads_their_items" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    issuers               = {}
    expected_issuers      = []
    issuer_hosts          = ["login.example.com", "*.okta.com"]
    expected_issuer_hosts = ["login.example.com", "acme.okta.com"]
  }

  assert {
    condition     = aws_lambda_function.this.environment[0].variables["ISSUER_HOSTS"] == "login.example.com,*.okta.com" && aws_lambda_function.this.environment[0].variables["ISSUERS"] == "{}"
    error_message = "The function gets the hosts, and needs no issuer of Terraform."
  }

  assert {
    condition     = strcontains(module.role.policy, "ISSUER#*")
    error_message = "The function reads the items of issuers with a URL."
  }
}

run "reads_no_issuers_of_the_files_without_hosts" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  assert {
    condition     = !strcontains(module.role.policy, "ISSUER#*") && !contains(keys(aws_lambda_function.this.environment[0].variables), "ISSUER_HOSTS")
    error_message = "Without hosts the function reads no issuer of the files."
  }
}

run "rejects_a_host_of_the_files_that_is_not_listed" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    issuer_hosts          = ["*.okta.com"]
    expected_issuer_hosts = ["okta.com"]
  }

  expect_failures = [aws_lambda_function.this]
}

run "rejects_a_pattern_of_every_host" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    issuer_hosts = ["*"]
  }

  expect_failures = [var.issuer_hosts]
}

run "needs_what_the_page_says" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  assert {
    condition     = replace(jsonencode(jsondecode(output.role_policy)), "portcullis-test", "portcullis-dev") == jsonencode(jsondecode(regex("(?s)\n`authorizer`[^\n]*:\n\n```json\n(.*?)\n```", file("docs/operations.md"))[0]))
    error_message = "docs/operations.md has exactly the statements of the role."
  }
}

run "uses_an_existing_role" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    iam = { roles = { authorizer = "arn:aws:iam::111122223333:role/teams/own" } }
  }

  assert {
    condition     = aws_lambda_function.this.role == "arn:aws:iam::111122223333:role/teams/own"
    error_message = "The function runs as the existing role."
  }
}

run "runs_in_the_subnets_of_a_vpc" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    vpc = { subnet_ids = ["subnet-0a"], security_group_ids = ["sg-0a"], dynamodb_endpoint = true, nat = true }
  }

  assert {
    condition     = aws_lambda_function.this.vpc_config[0].subnet_ids == toset(["subnet-0a"]) && aws_lambda_function.this.vpc_config[0].security_group_ids == toset(["sg-0a"]) && strcontains(module.role.policy, "ec2:CreateNetworkInterface")
    error_message = "The function is in the subnets, and Lambda can create its network interfaces."
  }
}

run "is_in_no_vpc_by_default" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    authorizer = {}
  }

  assert {
    condition     = length(aws_lambda_function.this.vpc_config) == 0 && !strcontains(module.role.policy, "ec2:")
    error_message = "Without vpc there is no network interface."
  }
}

run "reaches_a_private_issuer_without_a_nat_gateway" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    vpc     = { subnet_ids = ["subnet-0a"], security_group_ids = ["sg-0a"], dynamodb_endpoint = true }
    issuers = { main = { url = "https://login.corp.internal", audiences = ["api"], network = "private" } }
  }

  assert {
    condition     = jsondecode(aws_lambda_function.this.environment[0].variables.ISSUERS).main.network == "private"
    error_message = "The function allows private addresses for this issuer."
  }
}

run "rejects_a_vpc_without_a_way_to_the_table" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    vpc = { subnet_ids = ["subnet-0a"], security_group_ids = ["sg-0a"], nat = false }
  }

  expect_failures = [var.vpc]
}

run "rejects_a_vpc_without_a_subnet" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    vpc = { subnet_ids = [], security_group_ids = ["sg-0a"], nat = true }
  }

  expect_failures = [var.vpc]
}

run "rejects_a_security_group_that_is_no_id" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    vpc = { subnet_ids = ["subnet-0a"], security_group_ids = ["default"], nat = true }
  }

  expect_failures = [var.vpc]
}

run "rejects_a_vpc_without_a_way_to_a_public_issuer" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    vpc = { subnet_ids = ["subnet-0a"], security_group_ids = ["sg-0a"], dynamodb_endpoint = true }
  }

  expect_failures = [aws_lambda_function.this]
}

run "rejects_a_vpc_without_a_way_to_hosts_of_a_pattern" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    vpc          = { subnet_ids = ["subnet-0a"], security_group_ids = ["sg-0a"], dynamodb_endpoint = true }
    issuer_hosts = ["*.example.com"]
    issuers      = { main = { url = "https://login.corp.internal", audiences = ["api"], network = "private" } }
  }

  expect_failures = [aws_lambda_function.this]
}

run "rejects_a_private_issuer_without_a_vpc" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    issuers = { main = { url = "https://login.corp.internal", audiences = ["api"], network = "private" } }
  }

  expect_failures = [aws_lambda_function.this]
}

run "rejects_an_unknown_network" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    issuers = { main = { url = "https://login.example.com", audiences = ["api"], network = "vpn" } }
  }

  expect_failures = [var.issuers]
}

run "trusts_an_issuer_by_its_own_ca" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    issuers = { main = { url = "https://login.example.com", audiences = ["api"], ca = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n" } }
  }

  assert {
    condition     = jsondecode(aws_lambda_function.this.environment[0].variables.ISSUERS).main.ca == var.issuers.main.ca
    error_message = "The function gets the certificates."
  }
}

run "rejects_a_ca_with_a_private_key" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    issuers = { main = { url = "https://login.example.com", audiences = ["api"], ca = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n" } }
  }

  expect_failures = [var.issuers]
}

run "rejects_a_ca_that_is_longer_than_the_environment_allows" {
  command = plan

  module {
    source = "./modules/authorizer"
  }

  variables {
    issuers = { main = { url = "https://login.example.com", audiences = ["api"], ca = "-----BEGIN CERTIFICATE-----\n${join("", [for i in range(400) : "MIIBMIIBMI"])}\n-----END CERTIFICATE-----\n" } }
  }

  expect_failures = [aws_lambda_function.this]
}
