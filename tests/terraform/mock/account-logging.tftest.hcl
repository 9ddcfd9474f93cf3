# The account's role for API Gateway's logs, planned without AWS.

mock_provider "aws" {
  override_during = plan

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/api-gateway-logs" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws-cn" }
  }
}

run "lets_api_gateway_write_logs" {
  command = plan

  module {
    source = "./modules/account-logging"
  }

  assert {
    condition     = output.role_arn == "arn:aws:iam::111122223333:role/api-gateway-logs" && aws_iam_role_policy_attachment.this.policy_arn == "arn:aws-cn:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    error_message = "The account gets the role, and the role can write logs."
  }

  assert {
    condition     = jsondecode(aws_iam_role.this.assume_role_policy).Statement[0].Principal == { Service = "apigateway.amazonaws.com" }
    error_message = "Only API Gateway can assume the role."
  }
}

run "rejects_a_role_name_with_a_slash" {
  command = plan

  module {
    source = "./modules/account-logging"
  }

  variables {
    role_name = "logs/api"
  }

  expect_failures = [var.role_name]
}

run "creates_the_role_with_the_accounts_boundary_and_path" {
  command = plan

  module {
    source = "./modules/account-logging"
  }

  variables {
    iam = { permissions_boundary = "arn:aws:iam::111122223333:policy/boundary", path = "/teams/quill/" }
  }

  assert {
    condition     = aws_iam_role.this.permissions_boundary == "arn:aws:iam::111122223333:policy/boundary" && aws_iam_role.this.path == "/teams/quill/"
    error_message = "The role has the boundary, and is below the path."
  }
}
