locals {
  own_keys = { for id, plan in var.tenants : id => plan if var.per == "tenant" }

  # Key values by holder, derived as in the authorizer. They are short, because the authorizer response contains them.
  secret  = sha256(aws_api_gateway_api_key.secret.value)
  holders = toset(concat([for plan in keys(var.plans) : "plan:${plan}"], [for id in keys(local.own_keys) : "tenant:${id}"]))
  values  = { for holder in local.holders : holder => substr(sha256("${local.secret}:${sha256("${local.secret}:${holder}")}"), 0, 20) }
}

# Disabled and in no usage plan. API Gateway generates its value, from which all other keys are derived.
resource "aws_api_gateway_api_key" "secret" {
  name        = "${var.name}-usage-keys"
  description = "The secret from which the keys of usage plans are derived; it gives no access itself"
  enabled     = false
}

# Plans without limits need one too, because every guarded method requires a key.
resource "aws_api_gateway_usage_plan" "plan" {
  for_each = var.plans

  name        = "${var.name}-${each.key}"
  description = "Plan ${each.key} of the policy files"

  api_stages {
    api_id = var.stage.api_id
    stage  = var.stage.name
  }

  dynamic "throttle_settings" {
    for_each = each.value.throttle[*]

    content {
      rate_limit  = throttle_settings.value.rate
      burst_limit = throttle_settings.value.burst
    }
  }

  dynamic "quota_settings" {
    for_each = each.value.quota[*]

    content {
      limit  = quota_settings.value.limit
      period = quota_settings.value.period
    }
  }
}

resource "aws_api_gateway_api_key" "holder" {
  for_each = local.holders

  name        = "${var.name}-${each.key}"
  description = "Requests with this key count together; no client sends it"
  value       = local.values[each.key]
}

# A key can be in only one plan of a stage, so a tenant that changes plans leaves the old one first.
resource "aws_api_gateway_usage_plan_key" "plan" {
  for_each = var.plans

  key_id        = aws_api_gateway_api_key.holder["plan:${each.key}"].id
  key_type      = "API_KEY"
  usage_plan_id = aws_api_gateway_usage_plan.plan[each.key].id
}

resource "aws_api_gateway_usage_plan_key" "tenant" {
  for_each = local.own_keys

  key_id        = aws_api_gateway_api_key.holder["tenant:${each.key}"].id
  key_type      = "API_KEY"
  usage_plan_id = aws_api_gateway_usage_plan.plan[each.value].id
}

# The authorizer names a tenant's own key only if this item exists, so the key must already be in its plan.
resource "aws_dynamodb_table_item" "tenant" {
  for_each = local.own_keys

  table_name = var.table
  hash_key   = "pk"
  range_key  = "sk"
  item = jsonencode({
    pk    = { S = var.partitions[each.key] }
    sk    = { S = "USAGE_KEY" }
    v     = { N = "1" }
    owner = { S = "terraform" }
    plan  = { S = each.value }
    # API Gateway needs up to two minutes to know a key, so the authorizer names it 5 minutes after this time.
    created = { S = aws_api_gateway_api_key.holder["tenant:${each.key}"].created_date }
  })

  depends_on = [aws_api_gateway_usage_plan_key.tenant]
}
