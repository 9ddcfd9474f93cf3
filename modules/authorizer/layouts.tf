# For some seconds after an update of the stage, API Gateway serves the old deployment, which calls the previous layout's
# alias. And rollback --api goes back to it. So alias, permission and deployment of the previous layout stay until the next
# change of the layout. Terraform does not know what it deployed before, so each apply records it in a parameter. The data
# source returns none before the first apply.
data "aws_ssm_parameters_by_path" "layouts" {
  path = "/${local.name}"
}

locals {
  layouts_parameter = "/${local.name}/layouts"
  recorded_layouts  = zipmap(data.aws_ssm_parameters_by_path.layouts.names, nonsensitive(data.aws_ssm_parameters_by_path.layouts.values))
  recorded          = try(jsondecode(local.recorded_layouts[local.layouts_parameter]), null)
  previous_layout   = try(local.recorded.layout == var.layout ? local.recorded.previous : { layout = local.recorded.layout, version = local.recorded.version }, null)

  # The version behind the previous layout's alias, by the layout.
  kept_versions = { for previous in [local.previous_layout] : previous.layout => previous.version if previous != null }

  alias = aws_lambda_alias.layout[var.layout]
}

resource "aws_ssm_parameter" "layouts" {
  name           = local.layouts_parameter
  description    = "The deployed layout of the API and the previous one, whose alias and deployment are kept"
  type           = "String"
  insecure_value = jsonencode({ layout = var.layout, version = local.alias.function_version, previous = local.previous_layout })
}
