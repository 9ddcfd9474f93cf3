# The sample backend, planned without AWS.

mock_provider "aws" {
  override_during = plan

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/portcullis-test-sample-backend" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/portcullis-test-sample-backend" }
  }
}

variables {
  name    = "portcullis-test"
  package = { path = "build/sample-backend.zip", sha256 = "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=" }
}

run "creates_a_small_function_that_can_only_write_its_log" {
  command = plan

  module {
    source = "./modules/sample-backend"
  }

  assert {
    condition     = aws_lambda_function.this.function_name == "portcullis-test-sample-backend" && aws_lambda_function.this.source_code_hash == var.package.sha256 && one(aws_lambda_function.this.architectures) == "arm64" && aws_lambda_function.this.runtime == "nodejs22.x"
    error_message = "It is the build's zip."
  }

  assert {
    condition     = jsondecode(module.role.policy).Statement == [{ Sid = "WriteLog", Effect = "Allow", Action = ["logs:CreateLogStream", "logs:PutLogEvents"], Resource = "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/portcullis-test-sample-backend:*" }]
    error_message = "It can only write its log."
  }


  assert {
    condition     = aws_cloudwatch_log_group.this.retention_in_days == 30
    error_message = "Its log has a retention."
  }
}

run "rejects_an_invalid_name" {
  command = plan

  module {
    source = "./modules/sample-backend"
  }

  variables {
    name = "no spaces"
  }

  expect_failures = [var.name]
}

run "rejects_a_package_without_hash" {
  command = plan

  module {
    source = "./modules/sample-backend"
  }

  variables {
    package = { path = "x.zip", sha256 = "44136fa3" }
  }

  expect_failures = [var.package]
}

run "rejects_an_old_runtime" {
  command = plan

  module {
    source = "./modules/sample-backend"
  }

  variables {
    runtime = "nodejs20.x"
  }

  expect_failures = [var.runtime]
}

run "rejects_a_retention_that_cloudwatch_does_not_support" {
  command = plan

  module {
    source = "./modules/sample-backend"
  }

  variables {
    retention_days = 42
  }

  expect_failures = [var.retention_days]
}

run "encrypts_its_log_with_a_key_of_your_own" {
  command = plan

  module {
    source = "./modules/sample-backend"
  }

  variables {
    kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/logs"
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.kms_key_id == "arn:aws:kms:eu-central-1:111122223333:key/logs"
    error_message = "Its log has the key."
  }
}

run "rejects_a_key_that_is_no_arn" {
  command = plan

  module {
    source = "./modules/sample-backend"
  }

  variables {
    kms_key_arn = "alias/logs"
  }

  expect_failures = [var.kms_key_arn]
}

run "needs_what_the_page_says" {
  command = plan

  module {
    source = "./modules/sample-backend"
  }

  assert {
    condition     = replace(jsonencode(jsondecode(output.role_policy)), "portcullis-test", "portcullis-dev") == jsonencode(jsondecode(regex("(?s)\n`sample-backend`[^\n]*:\n\n```json\n(.*?)\n```", file("docs/operations.md"))[0]))
    error_message = "docs/operations.md has exactly the statements of the role."
  }
}

run "uses_an_existing_role" {
  command = plan

  module {
    source = "./modules/sample-backend"
  }

  variables {
    iam = { roles = { sample-backend = "arn:aws:iam::111122223333:role/teams/own" } }
  }

  assert {
    condition     = aws_lambda_function.this.role == "arn:aws:iam::111122223333:role/teams/own"
    error_message = "The function runs as the existing role."
  }
}

run "runs_in_the_subnets_of_a_vpc" {
  command = plan

  module {
    source = "./modules/sample-backend"
  }

  variables {
    vpc = { subnet_ids = ["subnet-0a"], security_group_ids = ["sg-0a"], dynamodb_endpoint = true }
  }

  assert {
    condition     = aws_lambda_function.this.vpc_config[0].subnet_ids == toset(["subnet-0a"]) && strcontains(output.role_policy, "ec2:CreateNetworkInterface")
    error_message = "The function is in the subnets, and Lambda can create its network interfaces."
  }
}
