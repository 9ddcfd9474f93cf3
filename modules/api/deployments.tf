# The deployment of the current layout, and that of the previous one, to which rollback --api goes back. Each apply records
# what the deployments were made of, so that the next one leaves the previous layout's as it is. The data source returns
# nothing before the first apply.
data "aws_ssm_parameters_by_path" "deployments" {
  path = "/${var.name}-api"
}

locals {
  deployments_parameter = "/${var.name}-api/deployments"
  recorded_deployments  = try(jsondecode(zipmap(data.aws_ssm_parameters_by_path.deployments.names, nonsensitive(data.aws_ssm_parameters_by_path.deployments.values))[local.deployments_parameter]), {})

  # Everything that a stage takes over only with a new deployment.
  redeployment = sha256(jsonencode([
    local.body,
    local.resource_policy_statements,
    aws_api_gateway_rest_api.this.disable_execute_api_endpoint,
  ]))
  redeployments = merge(
    { for alias in var.authorizer_function.kept_aliases : alias => local.recorded_deployments[alias] if can(local.recorded_deployments[alias]) },
    { (var.authorizer_function.alias) = local.redeployment },
  )
}

resource "aws_api_gateway_deployment" "this" {
  for_each = local.redeployments

  rest_api_id = aws_api_gateway_rest_api.this.id
  triggers    = { redeployment = each.value }

  # For rollback --api.
  description = jsonencode({ function = var.authorizer_function.name, alias = each.key, variables = each.key == var.authorizer_function.alias ? var.stage_variables : {} })

  lifecycle {
    create_before_destroy = true
    ignore_changes        = [description]
  }

  depends_on = [aws_api_gateway_rest_api_policy.this]
}

resource "aws_ssm_parameter" "deployments" {
  name           = local.deployments_parameter
  description    = "What the API's deployments were made of, by the alias that they call"
  type           = "String"
  insecure_value = jsonencode(local.redeployments)
}
