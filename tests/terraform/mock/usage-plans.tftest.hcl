# Plans as usage plans, planned without AWS.

mock_provider "aws" {
  override_during = plan

  mock_resource "aws_api_gateway_api_key" {
    defaults = { id = "key-1", value = "made-by-api-gateway" }
  }

  mock_resource "aws_api_gateway_usage_plan" {
    defaults = { id = "plan-1" }
  }
}

variables {
  name  = "portcullis-test"
  per   = "plan"
  stage = { api_id = "abcdef1234", name = "test" }
  table = "portcullis-test-permissions"
  plans = {
    free       = { throttle = { rate = 2.5, burst = 10 }, quota = { limit = 1000, period = "DAY" } }
    enterprise = {}
  }
  tenants = { acme = "enterprise", globex = "free" }
}

run "makes_a_usage_plan_and_a_key_of_each_plan" {
  command = plan

  module {
    source = "./modules/usage-plans"
  }

  assert {
    condition     = keys(aws_api_gateway_usage_plan.plan) == ["enterprise", "free"] && aws_api_gateway_usage_plan.plan["free"].name == "portcullis-test-free" && one(aws_api_gateway_usage_plan.plan["free"].api_stages).api_id == "abcdef1234" && one(aws_api_gateway_usage_plan.plan["free"].api_stages).stage == "test"
    error_message = "Each plan is a usage plan of this stage."
  }

  assert {
    condition     = one(aws_api_gateway_usage_plan.plan["free"].throttle_settings).rate_limit == 2.5 && one(aws_api_gateway_usage_plan.plan["free"].throttle_settings).burst_limit == 10 && one(aws_api_gateway_usage_plan.plan["free"].quota_settings).limit == 1000 && one(aws_api_gateway_usage_plan.plan["free"].quota_settings).period == "DAY"
    error_message = "Throttle and quota are those of the plan."
  }

  assert {
    condition     = length(aws_api_gateway_usage_plan.plan["enterprise"].throttle_settings) == 0 && length(aws_api_gateway_usage_plan.plan["enterprise"].quota_settings) == 0
    error_message = "A plan without limits has none."
  }

  assert {
    condition     = keys(aws_api_gateway_api_key.holder) == ["plan:enterprise", "plan:free"] && keys(aws_api_gateway_usage_plan_key.plan) == ["enterprise", "free"] && length(aws_api_gateway_usage_plan_key.tenant) == 0 && length(aws_dynamodb_table_item.tenant) == 0
    error_message = "Per plan, plans have keys and tenants have none."
  }

  assert {
    condition     = nonsensitive(aws_api_gateway_api_key.holder["plan:free"].value) == substr(sha256("${sha256("made-by-api-gateway")}:${sha256("${sha256("made-by-api-gateway")}:plan:free")}"), 0, 20)
    error_message = "A key is made of the secret and of its holder's name, as the authorizer makes it."
  }

  assert {
    condition     = !aws_api_gateway_api_key.secret.enabled && nonsensitive(output.keys.secret) == sha256("made-by-api-gateway") && nonsensitive(output.keys.per) == "plan"
    error_message = "The secret opens nothing itself, and the authorizer is told of it."
  }
}

run "gives_each_tenant_a_key_in_its_plan" {
  command = plan

  module {
    source = "./modules/usage-plans"
  }

  variables {
    per = "tenant"
  }

  assert {
    condition     = keys(aws_api_gateway_api_key.holder) == ["plan:enterprise", "plan:free", "tenant:acme", "tenant:globex"] && keys(aws_api_gateway_usage_plan_key.tenant) == ["acme", "globex"]
    error_message = "Tenants have keys beside the plans', which those of sign-ups share."
  }

  assert {
    condition     = length(distinct([for key in values(aws_api_gateway_api_key.holder) : nonsensitive(key.value)])) == 4
    error_message = "No two holders have one key."
  }

  assert {
    condition     = jsondecode(aws_dynamodb_table_item.tenant["globex"].item) == { pk = { S = "TENANT#globex" }, sk = { S = "USAGE_KEY" }, v = { N = "1" }, owner = { S = "terraform" }, plan = { S = "free" } } && aws_dynamodb_table_item.tenant["globex"].table_name == "portcullis-test-permissions"
    error_message = "The table learns of the key and its plan, and not of its value."
  }
}

run "refuses_a_per_that_is_none" {
  command = plan

  module {
    source = "./modules/usage-plans"
  }

  variables {
    per = "role"
  }

  expect_failures = [var.per]
}

run "refuses_to_enforce_where_there_are_no_plans" {
  command = plan

  module {
    source = "./modules/usage-plans"
  }

  variables {
    plans   = {}
    tenants = {}
  }

  expect_failures = [var.plans]
}

run "refuses_a_period_that_is_none" {
  command = plan

  module {
    source = "./modules/usage-plans"
  }

  variables {
    plans   = { free = { quota = { limit = 1, period = "HOUR" } } }
    tenants = {}
  }

  expect_failures = [var.plans]
}

run "refuses_a_tenant_of_no_plan" {
  command = plan

  module {
    source = "./modules/usage-plans"
  }

  variables {
    tenants = { acme = "gone" }
  }

  expect_failures = [var.tenants]
}

run "refuses_a_key_each_for_too_many_tenants" {
  command = plan

  module {
    source = "./modules/usage-plans"
  }

  variables {
    per     = "tenant"
    tenants = { for number in flatten([for hundred in range(100) : [for one in range(100) : hundred * 100 + one]]) : "t${number}" => "free" }
  }

  expect_failures = [var.tenants]
}

run "refuses_a_name_that_is_none" {
  command = plan

  module {
    source = "./modules/usage-plans"
  }

  variables {
    name = "a plan"
  }

  expect_failures = [var.name]
}
