locals {
  name = "${var.name}-permissions"

  # With publish as the keeper, no item is in Terraform's state.
  items     = { for key, item in var.items : key => item if var.permissions.keeper == "terraform" }
  catalogue = { for key, item in local.items : key => item if startswith(key, "CATALOGUE/") || startswith(key, "ROUTES/") || startswith(key, "ISSUER#") || startswith(key, "DIRECTORY#") }
  issuers   = [for key in keys(local.items) : key if endswith(key, "/ISSUER")]
  tenants   = { for key, item in local.items : key => item if startswith(key, "TENANT#") }

  # Replicas need the stream too.
  has_stream = var.stream || length(var.permissions.replicas) > 0

  # With more tenants or issuers a plan takes minutes, because Terraform reads the items one by one.
  max_tenants = 500
}

resource "aws_dynamodb_table" "this" {
  name                        = local.name
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "pk"
  range_key                   = "sk"
  deletion_protection_enabled = var.permissions.deletion_protection

  stream_enabled   = local.has_stream
  stream_view_type = local.has_stream ? "NEW_AND_OLD_IMAGES" : null

  attribute {
    name = "pk"
    type = "S"
  }

  attribute {
    name = "sk"
    type = "S"
  }

  # Items that are written at run time can expire. Items of the policy files have no such attribute.
  ttl {
    attribute_name = "expiresAt"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = var.permissions.point_in_time_recovery
  }

  # If disabled, the table is encrypted with a key that DynamoDB owns.
  server_side_encryption {
    enabled     = var.permissions.kms_key_arn != null
    kms_key_arn = var.permissions.kms_key_arn
  }

  dynamic "replica" {
    for_each = var.permissions.replicas

    content {
      region_name            = replica.key
      kms_key_arn            = replica.value.kms_key_arn
      point_in_time_recovery = var.permissions.point_in_time_recovery
      propagate_tags         = true
    }
  }

  lifecycle {
    precondition {
      condition     = length(local.issuers) <= local.max_tenants
      error_message = "The policy files have ${length(local.issuers)} URLs of issuers, but Terraform keeps at most ${local.max_tenants}. Set permissions = { keeper = \"publish\" }; if the table exists already, first run npx portcullis handover publish --table ${local.name}."
    }

    precondition {
      condition     = length(local.tenants) <= local.max_tenants
      error_message = "The policy files have ${length(local.tenants)} tenants, but Terraform keeps at most ${local.max_tenants}. Set permissions = { keeper = \"publish\" }; if the table exists already, first run npx portcullis handover publish --table ${local.name}."
    }
  }
}

# Who keeps the items that the policy files own, as the state has it. Another value of the input does not change it: only
# the handover does, because otherwise an apply would delete all items, or find items that it did not create.
resource "terraform_data" "keeper" {
  input = var.permissions.keeper

  lifecycle {
    ignore_changes = [input]

    postcondition {
      condition     = self.output == var.permissions.keeper
      error_message = "permissions.keeper is ${var.permissions.keeper}, but ${self.output} keeps the items of ${local.name}. To hand them over without a gap, run npx portcullis handover ${var.permissions.keeper} --table ${local.name}, then plan again. Otherwise set permissions.keeper = \"${self.output}\"."
    }
  }
}

# Records in the table that Terraform keeps the items, so that publish stops. Without Terraform, publish records itself.
# Terraform creates this item first, and cannot if publish is recorded.
resource "aws_dynamodb_table_item" "keeper" {
  count = var.permissions.keeper == "terraform" ? 1 : 0

  table_name = aws_dynamodb_table.this.name
  hash_key   = aws_dynamodb_table.this.hash_key
  range_key  = aws_dynamodb_table.this.range_key
  item = jsonencode({
    pk     = { S = "HISTORY" }
    sk     = { S = "KEEPER" }
    owner  = { S = "history" }
    keeper = { S = "terraform" }
  })

  depends_on = [terraform_data.keeper]
}

# Roles, plans, issuers and routes.
resource "aws_dynamodb_table_item" "catalogue" {
  for_each = local.catalogue

  table_name = aws_dynamodb_table.this.name
  hash_key   = aws_dynamodb_table.this.hash_key
  range_key  = aws_dynamodb_table.this.range_key
  item       = each.value

  lifecycle {
    # A plan or role is deleted only after the tenants that refer to it have changed.
    create_before_destroy = true
  }

  depends_on = [aws_dynamodb_table_item.keeper]
}

# A tenant's generation: a random value from its creation to its removal. A tenant that returns to the files gets another
# one, so memberships and revocations of the earlier tenant do not count. The input shows a new tenant's item in the plan.
resource "terraform_data" "generation" {
  for_each = local.tenants

  input = each.value

  lifecycle {
    ignore_changes = [input]
  }
}

# A tenant is one item, with its changes and its own roles inside.
resource "aws_dynamodb_table_item" "tenant" {
  for_each = local.tenants

  table_name = aws_dynamodb_table.this.name
  hash_key   = aws_dynamodb_table.this.hash_key
  range_key  = aws_dynamodb_table.this.range_key
  item       = jsonencode(merge(jsondecode(each.value), { generation = { S = terraform_data.generation[each.key].id } }))

  # A tenant's plan must be in the catalogue before the tenant refers to it.
  depends_on = [aws_dynamodb_table_item.catalogue]
}
