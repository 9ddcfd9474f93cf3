locals {
  # One line for each request, whether the authorizer's response was cached or not, and never a token. The reason of a
  # denial is only here.
  access_log = {
    requestId         = "$context.requestId"
    time              = "$context.requestTime"
    sourceIp          = "$context.identity.sourceIp"
    method            = "$context.httpMethod"
    path              = "$context.path"
    routeKey          = "$context.routeKey"
    status            = "$context.status"
    error             = "$context.error.message"
    responseBytes     = "$context.responseLength"
    latencyMs         = "$context.responseLatency"
    integrationStatus = "$context.integration.status"
    integrationMs     = "$context.integration.latency"
    integrationError  = "$context.integration.error"
    authorizerStatus  = "$context.authorizer.status"
    authorizerMs      = "$context.authorizer.latency"
    authorizerError   = "$context.authorizer.error"
    tenantId          = "$context.authorizer.tenantId"
    userId            = "$context.authorizer.userId"
    issuer            = "$context.authorizer.issuer"
    group             = "$context.authorizer.group"
    policyVersion     = "$context.authorizer.policyVersion"
    reason            = "$context.authorizer.reason"
    domainName        = "$context.domainName"
  }
}

resource "aws_cloudwatch_log_group" "access" {
  name              = "/aws/apigateway/${var.name}/access"
  retention_in_days = var.observability.retention_days
  kms_key_id        = var.observability.kms_key_arn
}
