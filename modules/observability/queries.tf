locals {
  authorizer_log = "/aws/lambda/${var.function_name}"

  queries = merge(
    {
      "decisions/by outcome and reason" = {
        log   = local.authorizer_log
        query = "filter message = \"decision\" | fields coalesce(reason, code) as why | stats count(*) as decisions by outcome, why | sort decisions desc"
      }
      "decisions/slowest" = {
        log   = local.authorizer_log
        query = "filter message = \"decision\" | sort durationMs desc | limit 50 | display @timestamp, durationMs, coldStart, permissionsCached, outcome, code, requestId"
      }
      "decisions/failures" = {
        log   = local.authorizer_log
        query = "filter status = 500 | stats count(*) as failures, latest(detail) as last by code, cause | sort failures desc"
      }
      "decisions/of a correlation id" = {
        log   = local.authorizer_log
        query = "filter correlationId = \"put the id here\" | fields coalesce(reason, code) as why | sort @timestamp asc | display @timestamp, outcome, why, tenantId, userId, route, requestId"
      }
    },
    {
      for name, query in {
        "requests/denied by tenant" = "filter responseType = \"ACCESS_DENIED\" | stats count(*) as denied by tenantId, reason, method, resource | sort denied desc"
        "requests/without a token"  = "filter responseType = \"UNAUTHORIZED\" | stats count(*) as denied by sourceIp, method, resource | sort denied desc"
        "requests/failed"           = "filter status >= 500 | stats count(*) as failed by responseType, authorizerError, integrationError, resource | sort failed desc"
        "requests/of a request id"  = "filter requestId = \"put the id here\""
      } : name => { log = try(var.api.access_log_group, ""), query = query } if var.api != null
    },
  )
}

resource "aws_cloudwatch_query_definition" "this" {
  for_each = { for name, query in local.queries : name => query if var.monitoring.saved_queries }

  name            = "${var.name}/${each.key}"
  log_group_names = [each.value.log]
  query_string    = replace(each.value.query, " | ", "\n| ")
}
