moved {
  from = aws_iam_role.this
  to   = module.role.aws_iam_role.this[0]
}

moved {
  from = aws_iam_role_policy.this
  to   = module.role.aws_iam_role_policy.this[0]
}

module "role" {
  source = "../function-role"

  name        = local.name
  function    = "sample-backend"
  description = "Lets the sample backend write its log"
  policy_name = "write-log"
  iam         = var.iam
  in_vpc      = var.vpc != null

  statements = [{
    Sid      = "WriteLog"
    Effect   = "Allow"
    Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    Resource = "${aws_cloudwatch_log_group.this.arn}:*"
  }]
}
