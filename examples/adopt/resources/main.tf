# The ledger team's API, defined by resources. Portcullis guards the routes of policies/api.yaml, and nothing else.
module "portcullis" {
  source = "../node_modules/portcullis/modules/adopt"

  environment        = "dev"
  name               = "ledger"
  policies_directory = "../policies"
  build_directory    = "../build"
  issuers            = var.issuers
  rest_api           = aws_api_gateway_rest_api.ledger
  stage              = aws_api_gateway_stage.dev
  permissions        = { deletion_protection = false }
}

resource "aws_api_gateway_rest_api" "ledger" {
  name = "ledger-resources"
}

locals {
  # Paths without their first slash, parents before children.
  parents = {
    "status"                       = ""
    "accounts"                     = ""
    "accounts/{accountId}"         = "accounts"
    "accounts/{accountId}/entries" = "accounts/{accountId}"
    "exports"                      = ""
    "exports/{exportId}"           = "exports"
  }
  resources = merge(
    { "" = aws_api_gateway_rest_api.ledger.root_resource_id },
    { for path, resource in merge(aws_api_gateway_resource.first, aws_api_gateway_resource.second, aws_api_gateway_resource.third) : path => resource.id },
  )

  # A guarded route has the authorizer that Portcullis returns, the export needs a signature with IAM, and the status is
  # open. A route that is in neither map does not exist.
  routes = merge(
    { for route, id in module.portcullis.authorizer_ids : route => { authorization = "CUSTOM", authorizer_id = id } },
    {
      "GET /exports/{exportId}" = { authorization = "AWS_IAM", authorizer_id = null }
      "GET /status"             = { authorization = "NONE", authorizer_id = null }
    },
  )
}

resource "aws_api_gateway_resource" "first" {
  for_each = { for path, parent in local.parents : path => parent if parent == "" }

  rest_api_id = aws_api_gateway_rest_api.ledger.id
  parent_id   = aws_api_gateway_rest_api.ledger.root_resource_id
  path_part   = each.key
}

resource "aws_api_gateway_resource" "second" {
  for_each = { for path, parent in local.parents : path => parent if contains(["accounts", "exports"], parent) }

  rest_api_id = aws_api_gateway_rest_api.ledger.id
  parent_id   = aws_api_gateway_resource.first[each.value].id
  path_part   = basename(each.key)
}

resource "aws_api_gateway_resource" "third" {
  for_each = { for path, parent in local.parents : path => parent if parent == "accounts/{accountId}" }

  rest_api_id = aws_api_gateway_rest_api.ledger.id
  parent_id   = aws_api_gateway_resource.second[each.value].id
  path_part   = basename(each.key)
}

resource "aws_api_gateway_method" "route" {
  for_each = local.routes

  rest_api_id   = aws_api_gateway_rest_api.ledger.id
  resource_id   = local.resources[trimprefix(split(" ", each.key)[1], "/")]
  http_method   = split(" ", each.key)[0]
  authorization = each.value.authorization
  authorizer_id = each.value.authorizer_id
}

resource "aws_api_gateway_integration" "route" {
  for_each = aws_api_gateway_method.route

  rest_api_id             = aws_api_gateway_rest_api.ledger.id
  resource_id             = each.value.resource_id
  http_method             = each.value.http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = var.ledger_uri
}

resource "aws_api_gateway_deployment" "ledger" {
  rest_api_id = aws_api_gateway_rest_api.ledger.id

  # Changes that need a new deployment: those of Portcullis and your own.
  triggers = {
    portcullis = module.portcullis.redeployment
    routes     = sha256(jsonencode([keys(local.routes), var.ledger_uri]))
  }

  lifecycle {
    create_before_destroy = true
  }

  depends_on = [aws_api_gateway_integration.route]
}

resource "aws_api_gateway_stage" "dev" {
  rest_api_id   = aws_api_gateway_rest_api.ledger.id
  deployment_id = aws_api_gateway_deployment.ledger.id
  stage_name    = "dev"

  # The first identity source of each authorizer. Without them every guarded request gets a 401.
  variables = merge({ ledger_color = "green" }, module.portcullis.stage_variables)
}
