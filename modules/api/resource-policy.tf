locals {
  # Without the API's ARN, which is known only after the API's creation.
  resource_policy_statements = concat(
    [
      for deny in var.denies : merge(
        { Sid = deny.sid, Effect = "Deny", Principal = "*", Action = "execute-api:Invoke", Resource = [for resource in deny.resources : "${var.stage}/${resource}"] },
        { for key, conditions in { Condition = deny.conditions } : key => conditions if length(conditions) > 0 },
      )
    ],
    # Methods without an authorizer need an Allow as soon as there is a policy. It must match no other method, because with an Allow
    # a request that the authorizer's policy does not mention would pass.
    [{ Sid = "MethodsWithoutAuthorizer", Effect = "Allow", Principal = "*", Action = "execute-api:Invoke", Resource = [for resource in var.open_methods.resources : "${var.stage}/${resource}"] }],
  )
}

resource "aws_api_gateway_rest_api_policy" "this" {
  count = length(var.denies) > 0 ? 1 : 0

  rest_api_id = aws_api_gateway_rest_api.this.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      for statement in local.resource_policy_statements : merge(statement, {
        Resource = [for resource in statement.Resource : "${aws_api_gateway_rest_api.this.execution_arn}/${resource}"]
      })
    ]
  })
}
