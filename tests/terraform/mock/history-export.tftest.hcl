# The export of the history, planned without AWS.

mock_provider "aws" {
  override_during = plan

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/portcullis-test-history-export" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/portcullis-test-history-export" }
  }

  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-central-1:111122223333:function:portcullis-test-history-export" }
  }

  mock_resource "aws_s3_bucket" {
    defaults = { id = "portcullis-test-history-1", bucket = "portcullis-test-history-1", arn = "arn:aws:s3:::portcullis-test-history-1" }
  }

  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-central-1:111122223333:portcullis-test-history-export-failures", url = "https://sqs.eu-central-1.amazonaws.com/111122223333/portcullis-test-history-export-failures" }
  }
}

variables {
  name           = "portcullis-test"
  package        = { path = "build/history-export.zip", sha256 = "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=" }
  history_export = { mode = "compliance", retention_days = 3650 }
  table = {
    arn        = "arn:aws:dynamodb:eu-central-1:111122223333:table/portcullis-test-permissions"
    stream_arn = "arn:aws:dynamodb:eu-central-1:111122223333:table/portcullis-test-permissions/stream/2026-12-01T00:00:00.000"
  }
}

run "locks_every_copy_for_its_retention" {
  command = plan

  module {
    source = "./modules/history-export"
  }

  assert {
    condition     = aws_s3_bucket.this.object_lock_enabled && aws_s3_bucket.this.bucket_prefix == "portcullis-test-history-" && aws_s3_bucket.this.force_destroy != true && aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Enabled"
    error_message = "The bucket has Object Lock and versions, and is not emptied when it is destroyed."
  }

  assert {
    condition     = aws_s3_bucket_object_lock_configuration.this.rule[0].default_retention[0].mode == "COMPLIANCE" && aws_s3_bucket_object_lock_configuration.this.rule[0].default_retention[0].days == 3650
    error_message = "Each object is locked for its retention."
  }

  assert {
    condition     = aws_s3_bucket_public_access_block.this.block_public_acls && aws_s3_bucket_public_access_block.this.block_public_policy && aws_s3_bucket_public_access_block.this.ignore_public_acls && aws_s3_bucket_public_access_block.this.restrict_public_buckets
    error_message = "It is not public."
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256" && jsondecode(aws_s3_bucket_policy.this.policy).Statement[0].Effect == "Deny" && jsondecode(aws_s3_bucket_policy.this.policy).Statement[0].Condition == { Bool = { "aws:SecureTransport" = "false" } }
    error_message = "It is encrypted, and rejects requests without TLS."
  }
}

run "exports_new_entries_of_the_history_and_gives_none_up" {
  command = plan

  module {
    source = "./modules/history-export"
  }

  assert {
    condition     = jsondecode(one(one(aws_lambda_event_source_mapping.this.filter_criteria).filter).pattern) == { eventName = ["INSERT"], dynamodb = { Keys = { pk = { S = [{ prefix = "AUDIT" }] } } } }
    error_message = "It gets the history, and no tenant, role or key."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.event_source_arn == var.table.stream_arn && aws_lambda_event_source_mapping.this.starting_position == "TRIM_HORIZON" && aws_lambda_event_source_mapping.this.function_response_types == toset(["ReportBatchItemFailures"]) && aws_lambda_event_source_mapping.this.bisect_batch_on_function_error
    error_message = "It reads the stream from its beginning, and a failed batch is sent again from the failed entry."
  }

  assert {
    condition     = one(one(aws_lambda_event_source_mapping.this.destination_config).on_failure).destination_arn == aws_sqs_queue.failures.arn && aws_sqs_queue.failures.sqs_managed_sse_enabled
    error_message = "What the stream drops is reported to the encrypted queue."
  }

  assert {
    condition     = aws_lambda_function.this.environment[0].variables == tomap({ BUCKET = "portcullis-test-history-1" }) && output.bucket == "portcullis-test-history-1"
    error_message = "The function writes the bucket."
  }
}

run "can_only_read_the_stream_and_write_the_bucket" {
  command = plan

  module {
    source = "./modules/history-export"
  }

  assert {
    condition     = [for statement in jsondecode(output.role_policy).Statement : statement.Sid] == ["ReadStream", "ListStreams", "WriteHistory", "ReportFailures", "WriteLog"]
    error_message = "The policy has five statements."
  }

  assert {
    condition     = [for statement in jsondecode(output.role_policy).Statement : [statement.Action, statement.Resource] if statement.Sid == "WriteHistory"] == [["s3:PutObject", "arn:aws:s3:::portcullis-test-history-1/*"]]
    error_message = "It can write objects, and neither read nor delete them."
  }

  assert {
    condition     = replace(jsonencode(jsondecode(output.role_policy)), "portcullis-test", "portcullis-dev") == jsonencode(jsondecode(regex("(?s)\n`history-export`[^\n]*:\n\n```json\n(.*?)\n```", file("docs/operations.md"))[0]))
    error_message = "docs/operations.md has exactly the statements of the role."
  }
}

run "uses_your_own_keys" {
  command = plan

  module {
    source = "./modules/history-export"
  }

  variables {
    history_export          = { mode = "governance", retention_days = 1, kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/bucket" }
    environment_kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/environment"
    observability           = { kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/logs" }
    table = {
      arn         = "arn:aws:dynamodb:eu-central-1:111122223333:table/t"
      stream_arn  = "arn:aws:dynamodb:eu-central-1:111122223333:table/t/stream/1"
      kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/table"
    }
  }

  assert {
    condition     = { for statement in jsondecode(output.role_policy).Statement : statement.Sid => [statement.Action, statement.Resource] if startswith(try(tostring(statement.Action), ""), "kms:") } == { DecryptEnvironment = ["kms:Decrypt", "arn:aws:kms:eu-central-1:111122223333:key/environment"], DecryptStream = ["kms:Decrypt", "arn:aws:kms:eu-central-1:111122223333:key/table"], EncryptHistory = ["kms:GenerateDataKey", "arn:aws:kms:eu-central-1:111122223333:key/bucket"] }
    error_message = "The role can use each key for its purpose."
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default).kms_master_key_id == var.history_export.kms_key_arn && aws_lambda_function.this.kms_key_arn == var.environment_kms_key_arn && aws_cloudwatch_log_group.this.kms_key_id == var.observability.kms_key_arn
    error_message = "Bucket, environment and log are encrypted with them."
  }
}

run "uses_an_existing_role_and_subnets" {
  command = plan

  module {
    source = "./modules/history-export"
  }

  variables {
    iam = { roles = { history-export = "arn:aws:iam::111122223333:role/teams/own" } }
    vpc = { subnet_ids = ["subnet-0a"], security_group_ids = ["sg-0a"], dynamodb_endpoint = true, s3_endpoint = true }
  }

  assert {
    condition     = aws_lambda_function.this.role == "arn:aws:iam::111122223333:role/teams/own" && aws_lambda_function.this.vpc_config[0].subnet_ids == toset(["subnet-0a"])
    error_message = "The function runs as the existing role, in the subnets."
  }
}

run "rejects_a_vpc_without_a_way_to_the_bucket" {
  command = plan

  module {
    source = "./modules/history-export"
  }

  variables {
    vpc = { subnet_ids = ["subnet-0a"], security_group_ids = ["sg-0a"], dynamodb_endpoint = true }
  }

  expect_failures = [aws_lambda_function.this]
}

run "rejects_an_unknown_mode" {
  command = plan

  module {
    source = "./modules/history-export"
  }

  variables {
    history_export = { mode = "legal-hold", retention_days = 1 }
  }

  expect_failures = [var.history_export]
}

run "rejects_a_retention_of_0_days" {
  command = plan

  module {
    source = "./modules/history-export"
  }

  variables {
    history_export = { mode = "compliance", retention_days = 0 }
  }

  expect_failures = [var.history_export]
}

run "rejects_an_invalid_key_for_the_bucket" {
  command = plan

  module {
    source = "./modules/history-export"
  }

  variables {
    history_export = { mode = "compliance", retention_days = 1, kms_key_arn = "alias/own" }
  }

  expect_failures = [var.history_export]
}

run "rejects_an_invalid_name" {
  command = plan

  module {
    source = "./modules/history-export"
  }

  variables {
    name = "No spaces"
  }

  expect_failures = [var.name]
}

run "rejects_a_package_without_hash" {
  command = plan

  module {
    source = "./modules/history-export"
  }

  variables {
    package = { path = "x.zip", sha256 = "44136fa3" }
  }

  expect_failures = [var.package]
}

run "rejects_an_old_runtime" {
  command = plan

  module {
    source = "./modules/history-export"
  }

  variables {
    runtime = "nodejs20.x"
  }

  expect_failures = [var.runtime]
}

run "rejects_a_table_without_stream" {
  command = plan

  module {
    source = "./modules/history-export"
  }

  variables {
    table = { arn = "arn:aws:dynamodb:eu-central-1:111122223333:table/t", stream_arn = "arn:aws:dynamodb:eu-central-1:111122223333:table/t" }
  }

  expect_failures = [var.table]
}

run "rejects_an_invalid_key_for_the_environment" {
  command = plan

  module {
    source = "./modules/history-export"
  }

  variables {
    environment_kms_key_arn = "alias/own"
  }

  expect_failures = [var.environment_kms_key_arn]
}
