# Usage plans for the policy files' plans, planned without AWS.

mock_provider "aws" {
  override_during = plan

  mock_resource "aws_api_gateway_api_key" {
    defaults = { id = "key-1", value = "made-by-api-gateway", created_date = "2026-11-30T12:00:00Z" }
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
  tenants    = { acme = "enterprise", globex = "free" }
  partitions = { acme = "TENANT#acme", globex = "TENANT#globex" }
}

run "creates_a_usage_plan_and_a_key_for_each_plan" {
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
    error_message = "A plan without limits has no limits in its usage plan."
  }

  assert {
    condition     = keys(aws_api_gateway_api_key.holder) == ["plan:enterprise", "plan:free"] && keys(aws_api_gateway_usage_plan_key.plan) == ["enterprise", "free"] && length(aws_api_gateway_usage_plan_key.tenant) == 0 && length(aws_dynamodb_table_item.tenant) == 0
    error_message = "With per = plan, only plans have keys."
  }

  assert {
    condition     = nonsensitive(aws_api_gateway_api_key.holder["plan:free"].value) == substr(sha256("${sha256("made-by-api-gateway")}:${sha256("${sha256("made-by-api-gateway")}:plan:free")}"), 0, 20)
    error_message = "A key is derived from the secret and its holder's name, as in the authorizer."
  }

  assert {
    condition     = !aws_api_gateway_api_key.secret.enabled && nonsensitive(output.keys.secret) == sha256("made-by-api-gateway") && nonsensitive(output.keys.per) == "plan"
    error_message = "The secret gives no access itself, and the output has it for the authorizer."
  }
}

run "creates_a_key_for_each_tenant_in_its_plan" {
  command = plan

  module {
    source = "./modules/usage-plans"
  }

  variables {
    per = "tenant"
  }

  assert {
    condition     = keys(aws_api_gateway_api_key.holder) == ["plan:enterprise", "plan:free", "tenant:acme", "tenant:globex"] && keys(aws_api_gateway_usage_plan_key.tenant) == ["acme", "globex"]
    error_message = "Tenants have keys in addition to the plans' keys, which tenants that signed up share."
  }

  assert {
    condition     = length(distinct([for key in values(aws_api_gateway_api_key.holder) : nonsensitive(key.value)])) == 4
    error_message = "Each holder has its own key."
  }

  assert {
    condition     = jsondecode(aws_dynamodb_table_item.tenant["globex"].item) == { pk = { S = "TENANT#globex" }, sk = { S = "USAGE_KEY" }, v = { N = "1" }, owner = { S = "terraform" }, plan = { S = "free" }, created = { S = "2026-11-30T12:00:00Z" } } && aws_dynamodb_table_item.tenant["globex"].table_name == "portcullis-test-permissions"
    error_message = "The table's item has the key's plan and the time of its creation, and not its value."
  }
}

run "rejects_an_invalid_per" {
  command = plan

  module {
    source = "./modules/usage-plans"
  }

  variables {
    per = "role"
  }

  expect_failures = [var.per]
}

run "rejects_usage_plans_without_plans" {
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

run "rejects_an_invalid_period" {
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

run "rejects_a_tenant_with_an_unknown_plan" {
  command = plan

  module {
    source = "./modules/usage-plans"
  }

  variables {
    tenants = { acme = "gone" }
  }

  expect_failures = [var.tenants]
}

run "rejects_tenant_keys_for_too_many_tenants" {
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

run "rejects_an_invalid_name" {
  command = plan

  module {
    source = "./modules/usage-plans"
  }

  variables {
    name = "a plan"
  }

  expect_failures = [var.name]
}
