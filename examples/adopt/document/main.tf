# The ledger team's API, defined by their document, which `npx portcullis build --into openapi.yaml` has patched with
# the authorizers.
module "portcullis" {
  source = "../node_modules/portcullis/modules/adopt"

  environment        = "dev"
  name               = "ledger-document"
  policies_directory = "../policies"
  build_directory    = "../build"
  document           = "../openapi.yaml"
  issuers            = var.issuers
  rest_api           = aws_api_gateway_rest_api.ledger
  stage              = aws_api_gateway_stage.dev
  permissions        = { deletion_protection = false }
}

locals {
  body = templatefile("../build/into/openapi.yaml", merge({ ledger_uri = var.ledger_uri }, module.portcullis.placeholders))
}

resource "aws_api_gateway_rest_api" "ledger" {
  name = "ledger-document"
  body = local.body
}

resource "aws_api_gateway_deployment" "ledger" {
  rest_api_id = aws_api_gateway_rest_api.ledger.id

  triggers = {
    body = sha256(local.body)
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_stage" "dev" {
  rest_api_id   = aws_api_gateway_rest_api.ledger.id
  deployment_id = aws_api_gateway_deployment.ledger.id
  stage_name    = "dev"
  variables     = module.portcullis.stage_variables
}
