# Certificate and record, if they are created here.
module "domain" {
  source = "../domain"
  count  = var.domain == null ? 0 : 1

  domain = var.domain
  target = {
    name    = aws_apigatewayv2_domain_name.this[0].domain_name_configuration[0].target_domain_name
    zone_id = aws_apigatewayv2_domain_name.this[0].domain_name_configuration[0].hosted_zone_id
  }
}

resource "aws_apigatewayv2_domain_name" "this" {
  count = var.domain == null ? 0 : 1

  domain_name = var.domain.name

  domain_name_configuration {
    certificate_arn = module.domain[0].certificate_arn
    endpoint_type   = "REGIONAL"
    security_policy = var.domain.security_policy
  }
}

resource "aws_apigatewayv2_api_mapping" "this" {
  count = var.domain == null ? 0 : 1

  api_id          = aws_apigatewayv2_api.this.id
  stage           = aws_apigatewayv2_stage.this.id
  domain_name     = aws_apigatewayv2_domain_name.this[0].id
  api_mapping_key = var.domain.base_path == "" ? null : var.domain.base_path
}
