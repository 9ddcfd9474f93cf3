locals {
  catalogue = { for key, item in var.items : key => item if startswith(key, "CATALOGUE/") }
  tenants   = { for key, item in var.items : key => item if startswith(key, "TENANT#") }

  # With more tenants a plan takes minutes, because Terraform reads the items one by one.
  max_tenants = 500
}

resource "aws_dynamodb_table" "this" {
  name                        = "${var.name}-permissions"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "pk"
  range_key                   = "sk"
  deletion_protection_enabled = var.permissions.deletion_protection

  # Replicas need the stream.
  stream_enabled   = length(var.permissions.replicas) > 0
  stream_view_type = length(var.permissions.replicas) > 0 ? "NEW_AND_OLD_IMAGES" : null

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
      condition     = !var.permissions.seed_tenants || length(local.tenants) <= local.max_tenants
      error_message = "The policy files have ${length(local.tenants)} tenants, but Terraform writes at most ${local.max_tenants}. Set permissions = { seed_tenants = false } and write them with npx portcullis publish. The module's README describes how to hand over a table that has them already."
    }
  }
}

# Roles, plans and issuers.
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
}

# A tenant's generation: a random value from its creation to its removal. A tenant that returns to the files gets another
# one, so memberships and revocations of the earlier tenant do not count. The input shows a new tenant's item in the plan.
resource "terraform_data" "generation" {
  for_each = { for key, item in local.tenants : key => item if var.permissions.seed_tenants }

  input = each.value

  lifecycle {
    ignore_changes = [input]
  }
}

# A tenant is one item, with its changes and its own roles inside.
resource "aws_dynamodb_table_item" "tenant" {
  for_each = { for key, item in local.tenants : key => item if var.permissions.seed_tenants }

  table_name = aws_dynamodb_table.this.name
  hash_key   = aws_dynamodb_table.this.hash_key
  range_key  = aws_dynamodb_table.this.range_key
  item       = jsonencode(merge(jsondecode(each.value), { generation = { S = terraform_data.generation[each.key].id } }))

  # A tenant's plan must be in the catalogue before the tenant refers to it.
  depends_on = [aws_dynamodb_table_item.catalogue]
}
