locals {
  name = "${var.name}-authorizer"

  # In the function's format, which omits members that are null.
  issuers = {
    for name, issuer in var.issuers : name => {
      for member, value in { url = issuer.url, jwksUri = issuer.jwks_uri, audiences = issuer.audiences, algorithms = issuer.algorithms, network = issuer.network == "private" ? "private" : null, ca = issuer.ca } : member => value if value != null
    }
  }

  # Separate from the other variables, because it is not known before the apply. The secret has 64 characters.
  usage_environment = { for name, value in { USAGE_PLANS_PER = try(var.usage_keys.per, null), USAGE_KEY_SECRET = try(var.usage_keys.secret, null) } : name => value if nonsensitive(var.usage_keys != null) }
  usage_bytes       = nonsensitive(var.usage_keys != null) ? length("USAGE_PLANS_PER") + length("tenant") + length("USAGE_KEY_SECRET") + 64 : 0

  # The hosts of the policy files' issuers that neither their name nor a pattern allows.
  unlisted_hosts = [
    for host in var.expected_issuer_hosts : host
    if !contains(var.issuer_hosts, host) && !contains(var.issuer_hosts, "*.${join(".", slice(split(".", host), 1, length(split(".", host))))}")
  ]

  environment = merge(length(var.issuer_hosts) > 0 ? { ISSUER_HOSTS = join(",", var.issuer_hosts) } : {}, var.authorizer.keys_timeout_seconds != 3 ? { KEYS_TIMEOUT_SECONDS = tostring(var.authorizer.keys_timeout_seconds) } : {}, var.access_origins != null ? { ACCESS_ORIGINS = join(",", var.access_origins) } : {}, {
    TABLE_NAME              = var.table.name
    CACHING_MODE            = var.caching_mode
    ISSUERS                 = jsonencode(local.issuers)
    CLOCK_TOLERANCE_SECONDS = tostring(var.authorizer.clock_tolerance_seconds)
    PERMISSIONS_TTL_SECONDS = tostring(var.authorizer.permissions_ttl_seconds)
    KEYS_STALE_SECONDS      = tostring(var.authorizer.keys_stale_seconds)
    METRICS                 = var.observability.metrics
    LOG_LEVEL               = var.observability.log_level

    SERVE_STALE_PERMISSIONS_SECONDS = tostring(var.authorizer.serve_stale_permissions_seconds)
    SHADOW                          = var.authorizer.shadow ? "on" : "off"
  })

  # In bytes: four characters of base64 are three bytes. Lambda counts names and values.
  environment_bytes = length(base64encode(join("", concat(keys(local.environment), values(local.environment))))) / 4 * 3 + local.usage_bytes
  max_bytes         = 4096

  # A published version keeps its description, which shows whether a canary's stable version has the same layout.
  description_of_layout = "layout ${var.layout}"

  # The issuers whose URL has a variable, which stands for a tenant's directory.
  templates = [for name, issuer in var.issuers : name if can(regex("[{]", issuer.url))]

  # What the function cannot reach from a VPC without a NAT gateway, and the issuers that it reaches only from a VPC.
  unreachable = var.vpc == null || try(var.vpc.nat, true) ? [] : concat(
    [for name, issuer in var.issuers : name if issuer.network == "public"],
    [for host in var.issuer_hosts : host if startswith(host, "*.")],
  )
  private_issuers = [for name, issuer in var.issuers : name if issuer.network == "private"]

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
  role          = module.role.arn

  filename         = var.package.path
  source_code_hash = var.package.sha256
  publish          = true
  runtime          = var.authorizer.runtime
  handler          = "index.handler"
  architectures    = ["arm64"]

  memory_size                    = var.authorizer.memory_mb
  timeout                        = var.authorizer.timeout_seconds
  reserved_concurrent_executions = var.authorizer.reserved_concurrency

  kms_key_arn = var.authorizer.environment_kms_key_arn

  environment {
    variables = merge(local.environment, local.usage_environment)
  }

  tracing_config {
    mode = var.observability.tracing ? "Active" : "PassThrough"
  }

  dynamic "vpc_config" {
    for_each = var.vpc[*]

    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }

  lifecycle {
    precondition {
      condition     = length(local.missing_issuers) == 0
      error_message = "issuers must have every issuer of the policy files, but lacks ${join(", ", local.missing_issuers)}. Add each with its url and audiences, or remove it from policies/issuers.yaml."
    }

    precondition {
      condition     = length(local.unknown_issuers) == 0
      error_message = "issuers must have only issuers of the policy files, but has ${join(", ", local.unknown_issuers)}. Add each to policies/issuers.yaml, or remove it from issuers."
    }

    precondition {
      condition     = length(setsubtract(var.expected_directories, local.templates)) == 0
      error_message = "issuers: the url of each issuer with tenants: by_directory must have a variable, such as https://cognito-idp.eu-central-1.amazonaws.com/{pool}, but ${join(", ", setsubtract(var.expected_directories, local.templates))} has none. Add it, or change tenants in policies/issuers.yaml."
    }

    precondition {
      condition     = length(setsubtract(local.templates, var.expected_directories)) == 0
      error_message = "issuers: ${join(", ", setsubtract(local.templates, var.expected_directories))} has a variable in its url, so its tenants must be by_directory in policies/issuers.yaml, and each tenant must list its directory. Write that, or remove the variable."
    }

    precondition {
      condition     = length(local.unlisted_hosts) == 0
      error_message = "issuer_hosts must have the hosts of every issuer with a url in policies/issuers.yaml, but lacks ${join(", ", local.unlisted_hosts)}. Add each, or a pattern such as *.example.com, or remove the issuer."
    }

    precondition {
      condition     = length(local.unreachable) == 0
      error_message = "vpc has no way to the public hosts of ${join(", ", local.unreachable)}, so requests with their tokens would get a 500. Set vpc.nat = true if the subnets have a route to a NAT gateway, or network = \"private\" for an issuer whose hosts are in a network that the subnets reach."
    }

    precondition {
      condition     = var.vpc != null || length(local.private_issuers) == 0
      error_message = "issuers: ${join(", ", local.private_issuers)} has network = \"private\", which a function outside a VPC cannot reach. Set vpc, or network = \"public\"."
    }

    precondition {
      condition     = local.environment_bytes <= local.max_bytes
      error_message = "issuers must be shorter: the function's environment variables have ${local.environment_bytes} bytes, but Lambda allows ${local.max_bytes}. Give issuers their url in policies/issuers.yaml, where their number has no limit, or shorten their audiences, or use root certificates alone as ca, which are shortest with an elliptic-curve key."
    }
  }

  # The log group must exist before the first cold start, also for an existing role.
  depends_on = [aws_cloudwatch_log_group.this]
}

# The version that gets the requests outside the canary.
data "aws_lambda_function" "stable" {
  count = var.canary == null ? 0 : 1

  function_name = local.name
  qualifier     = var.canary.stable_version
}

# Each layout has its own alias, to which the API refers, so that no request reaches a function of another layout. The
# previous layout's alias stays.
resource "aws_lambda_alias" "layout" {
  for_each = merge(local.kept_versions, { (var.layout) = var.canary == null ? aws_lambda_function.this.version : var.canary.stable_version })

  name             = "layout-${each.key}"
  description      = "The version for the API's layout of this name"
  function_name    = aws_lambda_function.this.function_name
  function_version = each.value

  dynamic "routing_config" {
    for_each = each.key == var.layout ? var.canary[*] : []

    content {
      additional_version_weights = { (aws_lambda_function.this.version) = routing_config.value.weight }
    }
  }

  lifecycle {
    create_before_destroy = true

    precondition {
      condition     = each.key != var.layout || var.canary == null || try(endswith(data.aws_lambda_function.stable[0].description, local.description_of_layout), false)
      error_message = "canary.stable_version ${try(var.canary.stable_version, "")} is of another layout, so it would answer every request of this layout with a 500. A change of routes or caching changes the layout: deploy it without a canary."
    }

    precondition {
      condition     = each.key != var.layout || var.canary == null || aws_lambda_function.this.version != try(var.canary.stable_version, "")
      error_message = "canary.stable_version ${try(var.canary.stable_version, "")} is the newest version, so there is no newer version for a canary. Change the function, or remove canary."
    }
  }
}

resource "aws_lambda_provisioned_concurrency_config" "layout" {
  count = var.authorizer.provisioned_concurrency > 0 && length(var.authorizer.schedule) == 0 ? 1 : 0

  function_name                     = aws_lambda_function.this.function_name
  qualifier                         = local.alias.name
  provisioned_concurrent_executions = var.authorizer.provisioned_concurrency

  lifecycle {
    create_before_destroy = true
  }
}
