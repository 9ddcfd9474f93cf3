locals {
  # One line for each request, whether the authorizer's response was cached or not, and never a token. The id is the
  # extended request id, because clients can set requestId.
  access_log = {
    requestId         = "$context.extendedRequestId"
    time              = "$context.requestTime"
    sourceIp          = "$context.identity.sourceIp"
    method            = "$context.httpMethod"
    path              = "$context.path"
    resource          = "$context.resourcePath"
    status            = "$context.status"
    responseType      = "$context.error.responseType"
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
    correlationId     = "$context.authorizer.correlationId"
    wafStatus         = "$context.waf.status"
    xrayTraceId       = "$context.xrayTraceId"
    domainName        = "$context.domainName"
    deploymentId      = "$context.deploymentId"
  }
}

resource "aws_cloudwatch_log_group" "access" {
  name              = "/aws/apigateway/${var.name}/access"
  retention_in_days = var.observability.retention_days
  kms_key_id        = var.observability.kms_key_arn
}

# Earlier versions created API Gateway's role for logs here. It belongs to the whole account, so it stays there when
# this state no longer has it.
removed {
  from = aws_api_gateway_account.this

  lifecycle {
    destroy = false
  }
}

removed {
  from = aws_iam_role.logging

  lifecycle {
    destroy = false
  }
}

removed {
  from = aws_iam_role_policy_attachment.logging

  lifecycle {
    destroy = false
  }
}
