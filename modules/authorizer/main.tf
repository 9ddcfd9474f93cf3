locals {
  name = "${var.name}-authorizer"

  # As the function reads them: members that are null are left out.
  issuers = {
    for name, issuer in var.issuers : name => {
      for member, value in { url = issuer.url, jwksUri = issuer.jwks_uri, audiences = issuer.audiences, algorithms = issuer.algorithms } : member => value if value != null
    }
  }

  # Beside the rest, for it is not known before the apply; the secret is 64 characters long.
  usage_environment = { for name, value in { USAGE_PLANS_PER = try(var.usage_keys.per, null), USAGE_KEY_SECRET = try(var.usage_keys.secret, null) } : name => value if nonsensitive(var.usage_keys != null) }
  usage_bytes       = nonsensitive(var.usage_keys != null) ? length("USAGE_PLANS_PER") + length("tenant") + length("USAGE_KEY_SECRET") + 64 : 0

  environment = {
    TABLE_NAME              = var.table.name
    CACHING_MODE            = var.caching_mode
    ISSUERS                 = jsonencode(local.issuers)
    CLOCK_TOLERANCE_SECONDS = tostring(var.settings.clock_tolerance_seconds)
    PERMISSIONS_TTL_SECONDS = tostring(var.settings.permissions_ttl_seconds)
    KEYS_STALE_SECONDS      = tostring(var.settings.keys_stale_seconds)
    METRICS                 = var.observability.metrics
    LOG_LEVEL               = var.observability.log_level

    SERVE_STALE_PERMISSIONS_SECONDS = tostring(var.settings.serve_stale_permissions_seconds)
    SHADOW                          = var.settings.shadow ? "on" : "off"
    STORED_KEYS_SECONDS             = tostring(var.settings.stored_keys_seconds)
  }

  # In bytes, three for every four characters of base64; Lambda counts names and values.
  environment_bytes = length(base64encode(join("", concat(keys(local.environment), values(local.environment))))) / 4 * 3 + local.usage_bytes
  most_bytes        = 4096

  # A version keeps it, so that a canary can be told from a version of another layout.
  description_of_layout = "layout ${var.layout}"

  missing_issuers = setsubtract(var.expected_issuers, keys(var.issuers))
  unknown_issuers = setsubtract(keys(var.issuers), var.expected_issuers)
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${local.name}"
  retention_in_days = var.observability.retention_days
  kms_key_id        = var.observability.kms_key_arn
}

resource "aws_lambda_function" "this" {
  function_name = local.name
  description   = "Decides what a caller may do, from verified claims and the permissions table; ${local.description_of_layout}"
  role          = aws_iam_role.this.arn

  filename         = var.package.path
  source_code_hash = var.package.sha256
  publish          = true
  runtime          = var.settings.runtime
  handler          = "index.handler"
  architectures    = ["arm64"]

  memory_size                    = var.settings.memory_mb
  timeout                        = var.settings.timeout_seconds
  reserved_concurrent_executions = var.settings.reserved_concurrency

  environment {
    variables = merge(local.environment, local.usage_environment)
  }

  tracing_config {
    mode = var.observability.tracing ? "Active" : "PassThrough"
  }

  lifecycle {
    precondition {
      condition     = length(local.missing_issuers) == 0
      error_message = "issuers: the policy files trust ${join(", ", local.missing_issuers)} too: give each its url and audiences, or take it out of policies/issuers.yaml."
    }

    precondition {
      condition     = length(local.unknown_issuers) == 0
      error_message = "issuers: the policy files do not know ${join(", ", local.unknown_issuers)}: describe each in policies/issuers.yaml, or take it out of issuers."
    }

    precondition {
      condition     = local.environment_bytes <= local.most_bytes
      error_message = "issuers: the function's environment variables take ${local.environment_bytes} bytes, and Lambda allows ${local.most_bytes}: trust fewer issuers, or shorten their audiences."
    }
  }

  # What it may do, and where it writes to, before its first start.
  depends_on = [aws_iam_role_policy.this, aws_cloudwatch_log_group.this]
}

# The version that keeps the requests that a canary does not get.
data "aws_lambda_function" "stable" {
  count = var.canary == null ? 0 : 1

  function_name = local.name
  qualifier     = var.canary.stable_version
}

# A layout has an alias of its own: the API names it, so no request meets a function of another layout.
resource "aws_lambda_alias" "layout" {
  name             = "layout-${var.layout}"
  description      = "The version that fits the API's layout of this name"
  function_name    = aws_lambda_function.this.function_name
  function_version = var.canary == null ? aws_lambda_function.this.version : var.canary.stable_version

  dynamic "routing_config" {
    for_each = var.canary[*]

    content {
      additional_version_weights = { (aws_lambda_function.this.version) = routing_config.value.weight }
    }
  }

  lifecycle {
    # The stage names the old one until it is updated.
    create_before_destroy = true

    precondition {
      condition     = var.canary == null || try(endswith(data.aws_lambda_function.stable[0].description, local.description_of_layout), false)
      error_message = "canary.stable_version ${try(var.canary.stable_version, "")} is of another layout, and would answer every request of this one with 500: a change of the layout, which a change of the routes or of caching is, goes out without a canary."
    }

    precondition {
      condition     = var.canary == null || aws_lambda_function.this.version != try(var.canary.stable_version, "")
      error_message = "canary.stable_version ${try(var.canary.stable_version, "")} is the newest version: there is none beside it to try. Change the function, or leave canary out."
    }
  }
}

resource "aws_lambda_provisioned_concurrency_config" "layout" {
  count = var.settings.provisioned_concurrency > 0 && length(var.settings.schedule) == 0 ? 1 : 0

  function_name                     = aws_lambda_function.this.function_name
  qualifier                         = aws_lambda_alias.layout.name
  provisioned_concurrent_executions = var.settings.provisioned_concurrency

  lifecycle {
    create_before_destroy = true
  }
}
