# The permissions table, planned without AWS.

mock_provider "aws" {}

run "prepare" {
  module {
    source = "./tests/terraform/mock/fixtures"
  }
}

run "writes_catalogue_and_tenants" {
  command = plan

  module {
    source = "./modules/permissions"
  }

  variables {
    name  = "portcullis-test"
    items = run.prepare.items
  }

  assert {
    condition     = aws_dynamodb_table.this.name == "portcullis-test-permissions"
    error_message = "The table is named after the deployment."
  }

  assert {
    condition     = aws_dynamodb_table.this.billing_mode == "PAY_PER_REQUEST" && aws_dynamodb_table.this.hash_key == "pk" && aws_dynamodb_table.this.range_key == "sk"
    error_message = "The table is on demand, with the keys pk and sk."
  }

  assert {
    condition     = aws_dynamodb_table.this.deletion_protection_enabled && aws_dynamodb_table.this.point_in_time_recovery[0].enabled
    error_message = "By default the table is protected from deletion, and any second can be restored."
  }

  assert {
    condition     = one(aws_dynamodb_table.this.ttl).attribute_name == "expiresAt" && one(aws_dynamodb_table.this.ttl).enabled
    error_message = "Items that are written at run time can expire."
  }

  assert {
    condition     = !aws_dynamodb_table.this.server_side_encryption[0].enabled && !aws_dynamodb_table.this.stream_enabled && length(aws_dynamodb_table.this.replica) == 0
    error_message = "By default there is no custom key and no replica."
  }

  assert {
    condition     = keys(aws_dynamodb_table_item.catalogue) == ["CATALOGUE/ISSUER#main", "CATALOGUE/ROLE#viewer"]
    error_message = "Each role, plan and issuer is an item."
  }

  assert {
    condition     = keys(aws_dynamodb_table_item.tenant) == ["TENANT#acme/TENANT"] && terraform_data.generation["TENANT#acme/TENANT"].input == run.prepare.items["TENANT#acme/TENANT"]
    error_message = "Each tenant is an item, and the plan shows it as the build wrote it."
  }
}

run "leaves_all_items_to_publish" {
  command = plan

  module {
    source = "./modules/permissions"
  }

  variables {
    name        = "portcullis-test"
    items       = merge(run.prepare.items, run.prepare.many_tenants)
    permissions = { keeper = "publish" }
  }

  assert {
    condition     = length(aws_dynamodb_table_item.tenant) == 0 && length(aws_dynamodb_table_item.catalogue) == 0 && length(aws_dynamodb_table_item.keeper) == 0 && length(terraform_data.generation) == 0
    error_message = "With publish as the keeper Terraform has no item, the catalogue included."
  }
}

run "records_terraform_as_the_keeper" {
  command = plan

  module {
    source = "./modules/permissions"
  }

  variables {
    name  = "portcullis-test"
    items = run.prepare.items
  }

  assert {
    condition     = jsondecode(aws_dynamodb_table_item.keeper[0].item) == { pk = { S = "HISTORY" }, sk = { S = "KEEPER" }, owner = { S = "history" }, keeper = { S = "terraform" } }
    error_message = "The table has the keeper."
  }
}

run "gives_a_tenant_a_generation" {
  command = apply

  module {
    source = "./modules/permissions"
  }

  variables {
    name  = "portcullis-test"
    items = run.prepare.items
  }

  assert {
    condition     = jsondecode(aws_dynamodb_table_item.tenant["TENANT#acme/TENANT"].item) == merge(jsondecode(run.prepare.items["TENANT#acme/TENANT"]), { generation = { S = terraform_data.generation["TENANT#acme/TENANT"].id } })
    error_message = "A tenant's item is as the build wrote it, with a random generation."
  }
}

run "stops_if_the_input_alone_changes_the_keeper" {
  command = plan

  module {
    source = "./modules/permissions"
  }

  variables {
    name        = "portcullis-test"
    items       = run.prepare.items
    permissions = { keeper = "publish" }
  }

  expect_failures = [terraform_data.keeper]
}

run "encrypts_with_a_custom_key_and_replicates" {
  command = plan

  module {
    source = "./modules/permissions"
  }

  variables {
    name  = "portcullis-test"
    items = run.prepare.items
    permissions = {
      kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/one"
      replicas    = { eu-west-1 = { kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/two" } }
    }
  }

  assert {
    condition     = aws_dynamodb_table.this.server_side_encryption[0].enabled && aws_dynamodb_table.this.server_side_encryption[0].kms_key_arn == "arn:aws:kms:eu-central-1:111122223333:key/one"
    error_message = "The table is encrypted with the configured key."
  }

  assert {
    condition     = one(aws_dynamodb_table.this.replica).region_name == "eu-west-1" && one(aws_dynamodb_table.this.replica).kms_key_arn == "arn:aws:kms:eu-west-1:111122223333:key/two" && one(aws_dynamodb_table.this.replica).point_in_time_recovery
    error_message = "A replica has the key of its region, and the table's protection."
  }

  assert {
    condition     = aws_dynamodb_table.this.stream_enabled && aws_dynamodb_table.this.stream_view_type == "NEW_AND_OLD_IMAGES"
    error_message = "Replicas need the stream."
  }

  assert {
    condition     = output.table.kms_key_arn == "arn:aws:kms:eu-central-1:111122223333:key/one"
    error_message = "The output has the key that readers need."
  }
}

run "rejects_an_unknown_keeper" {
  command = plan

  module {
    source = "./modules/permissions"
  }

  variables {
    name        = "portcullis-test"
    items       = {}
    permissions = { keeper = "nobody" }
  }

  expect_failures = [var.permissions]
}

run "writes_500_tenants" {
  command = plan

  module {
    source = "./modules/permissions"
  }

  variables {
    name  = "portcullis-test"
    items = { for key, item in run.prepare.many_tenants : key => item if key != "TENANT#t500/TENANT" }
  }

  assert {
    condition     = length(aws_dynamodb_table_item.tenant) == 500
    error_message = "Terraform writes 500 tenants."
  }
}

run "rejects_501_tenants" {
  command = plan

  module {
    source = "./modules/permissions"
  }

  variables {
    name  = "portcullis-test"
    items = run.prepare.many_tenants
  }

  expect_failures = [aws_dynamodb_table.this]
}

run "rejects_an_invalid_name" {
  command = plan

  module {
    source = "./modules/permissions"
  }

  variables {
    name  = "no spaces"
    items = {}
  }

  expect_failures = [var.name]
}

run "rejects_an_item_with_another_items_key" {
  command = plan

  module {
    source = "./modules/permissions"
  }

  variables {
    name  = "portcullis-test"
    items = { "TENANT#acme/TENANT" = jsonencode({ pk = { S = "TENANT#globex" }, sk = { S = "TENANT" } }) }
  }

  expect_failures = [var.items]
}

run "rejects_an_item_that_is_not_of_the_policy_files" {
  command = plan

  module {
    source = "./modules/permissions"
  }

  variables {
    name  = "portcullis-test"
    items = { "TENANT#acme/MEMBER#ann" = jsonencode({ pk = { S = "TENANT#acme" }, sk = { S = "MEMBER#ann" } }) }
  }

  expect_failures = [var.items]
}

run "rejects_an_invalid_key" {
  command = plan

  module {
    source = "./modules/permissions"
  }

  variables {
    name        = "portcullis-test"
    items       = {}
    permissions = { kms_key_arn = "alias/mine" }
  }

  expect_failures = [var.permissions]
}

run "rejects_a_replica_without_a_valid_region" {
  command = plan

  module {
    source = "./modules/permissions"
  }

  variables {
    name        = "portcullis-test"
    items       = {}
    permissions = { replicas = { ireland = {} } }
  }

  expect_failures = [var.permissions]
}

run "rejects_a_replica_without_the_key_of_its_region" {
  command = plan

  module {
    source = "./modules/permissions"
  }

  variables {
    name  = "portcullis-test"
    items = {}
    permissions = {
      kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/one"
      replicas    = { eu-west-1 = {} }
    }
  }

  expect_failures = [var.permissions]
}

run "keeps_issuers_with_a_url_and_directories_as_items" {
  command = plan

  module {
    source = "./modules/permissions"
  }

  variables {
    name = "portcullis-test"
    items = merge(run.prepare.items, {
      "ISSUER#acme-okta/NAME"                                                          = jsonencode({ pk = { S = "ISSUER#acme-okta" }, sk = { S = "NAME" } })
      "ISSUER#0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef/ISSUER" = jsonencode({ pk = { S = "ISSUER#0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" }, sk = { S = "ISSUER" } })
      "DIRECTORY#pools#eu-central-1_AbCdEfGhI/DIRECTORY"                               = jsonencode({ pk = { S = "DIRECTORY#pools#eu-central-1_AbCdEfGhI" }, sk = { S = "DIRECTORY" } })
    })
  }

  assert {
    condition     = length(aws_dynamodb_table_item.catalogue) == 5
    error_message = "Issuers with a URL and directories are items next to the catalogue."
  }
}

run "rejects_items_of_other_partitions" {
  command = plan

  module {
    source = "./modules/permissions"
  }

  variables {
    name  = "portcullis-test"
    items = { "ISSUER#acme-okta/ISSUER" = jsonencode({ pk = { S = "ISSUER#acme-okta" }, sk = { S = "ISSUER" } }) }
  }

  expect_failures = [var.items]
}

run "has_a_stream_for_an_export_of_the_history" {
  command = plan

  module {
    source = "./modules/permissions"
  }

  variables {
    name   = "portcullis-test"
    items  = {}
    stream = true
  }

  assert {
    condition     = aws_dynamodb_table.this.stream_enabled && aws_dynamodb_table.this.stream_view_type == "NEW_AND_OLD_IMAGES"
    error_message = "The stream has what replicas need too."
  }
}
