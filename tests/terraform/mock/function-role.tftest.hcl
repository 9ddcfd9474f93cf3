# The role of a function, planned without AWS.

mock_provider "aws" {
  override_during = plan

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/portcullis-test-authorizer" }
  }
}

variables {
  name        = "portcullis-test-authorizer"
  function    = "authorizer"
  description = "Lets a test write its log"
  policy_name = "write-log"
  statements  = [{ Sid = "WriteLog", Effect = "Allow", Action = "logs:PutLogEvents", Resource = "*" }]
}

run "creates_a_role_that_only_lambda_can_assume" {
  command = plan

  module {
    source = "./modules/function-role"
  }

  assert {
    condition     = jsondecode(aws_iam_role.this[0].assume_role_policy).Statement == [{ Sid = "LambdaRunsAsThis", Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }]
    error_message = "Only Lambda can assume the role."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.this[0].policy).Statement == [{ Sid = "WriteLog", Effect = "Allow", Action = "logs:PutLogEvents", Resource = "*" }] && output.policy == aws_iam_role_policy.this[0].policy && aws_iam_role_policy.this[0].name == "write-log"
    error_message = "The role has the statements, and the output is the role's policy."
  }

  assert {
    condition     = aws_iam_role.this[0].path == "/" && aws_iam_role.this[0].permissions_boundary == null && output.arn == "arn:aws:iam::111122223333:role/portcullis-test-authorizer"
    error_message = "By default it is at the root, without a boundary."
  }
}

run "has_the_accounts_boundary_and_path" {
  command = plan

  module {
    source = "./modules/function-role"
  }

  variables {
    iam = { permissions_boundary = "arn:aws:iam::111122223333:policy/boundary", path = "/teams/quill/" }
  }

  assert {
    condition     = aws_iam_role.this[0].permissions_boundary == "arn:aws:iam::111122223333:policy/boundary" && aws_iam_role.this[0].path == "/teams/quill/"
    error_message = "The role has the boundary, and is below the path."
  }
}

run "creates_nothing_for_an_existing_role" {
  command = plan

  module {
    source = "./modules/function-role"
  }

  variables {
    iam = { roles = { authorizer = "arn:aws:iam::111122223333:role/teams/own" } }
  }

  assert {
    condition     = length(aws_iam_role.this) == 0 && length(aws_iam_role_policy.this) == 0 && output.arn == "arn:aws:iam::111122223333:role/teams/own"
    error_message = "The function uses the existing role."
  }

  assert {
    condition     = jsondecode(output.policy).Statement[0].Sid == "WriteLog"
    error_message = "The output has the policy that the role needs."
  }
}

run "creates_the_role_of_a_function_that_has_no_existing_one" {
  command = plan

  module {
    source = "./modules/function-role"
  }

  variables {
    iam = { roles = { sample-backend = "arn:aws:iam::111122223333:role/teams/own" } }
  }

  assert {
    condition     = length(aws_iam_role.this) == 1 && length(aws_iam_role_policy.this) == 1
    error_message = "Another function's role is not used."
  }
}

run "lets_lambda_but_not_the_functions_code_manage_network_interfaces_in_a_vpc" {
  command = plan

  module {
    source = "./modules/function-role"
  }

  variables {
    in_vpc = true
  }

  assert {
    condition     = [for statement in jsondecode(output.policy).Statement : statement.Sid] == ["WriteLog", "ManageNetworkInterfaces", "NotByTheFunctionsCode"] && jsondecode(output.policy).Statement[1].Action == jsondecode(output.policy).Statement[2].Action && contains(jsondecode(output.policy).Statement[1].Action, "ec2:CreateNetworkInterface")
    error_message = "The role has Lambda's statements for a VPC only there."
  }

  assert {
    condition     = jsondecode(output.policy).Statement[2].Effect == "Deny" && jsondecode(output.policy).Statement[2].Condition == { Null = { "lambda:SourceFunctionArn" = "false" } }
    error_message = "Requests of the function's code, which carry its ARN, are denied."
  }

  assert {
    condition     = jsonencode(slice(jsondecode(output.policy).Statement, 1, 3)) == jsonencode(jsondecode(regex("(?s)function's own code:\n\n```json\n(.*?)\n```", file("docs/operations.md"))[0]))
    error_message = "docs/operations.md has exactly these statements."
  }
}

run "rejects_a_boundary_that_is_no_policy" {
  command = plan

  module {
    source = "./modules/function-role"
  }

  variables {
    iam = { permissions_boundary = "arn:aws:iam::111122223333:role/boundary" }
  }

  expect_failures = [var.iam]
}

run "rejects_a_path_without_a_slash_at_its_end" {
  command = plan

  module {
    source = "./modules/function-role"
  }

  variables {
    iam = { path = "/teams" }
  }

  expect_failures = [var.iam]
}

run "rejects_a_role_of_an_unknown_function" {
  command = plan

  module {
    source = "./modules/function-role"
  }

  variables {
    iam = { roles = { authoriser = "arn:aws:iam::111122223333:role/own" } }
  }

  expect_failures = [var.iam]
}

run "rejects_a_role_that_is_no_arn" {
  command = plan

  module {
    source = "./modules/function-role"
  }

  variables {
    iam = { roles = { authorizer = "own" } }
  }

  expect_failures = [var.iam]
}

run "rejects_an_invalid_name" {
  command = plan

  module {
    source = "./modules/function-role"
  }

  variables {
    name = "no spaces"
  }

  expect_failures = [var.name]
}

run "rejects_an_unknown_function" {
  command = plan

  module {
    source = "./modules/function-role"
  }

  variables {
    function = "authoriser"
  }

  expect_failures = [var.function]
}
