# Programs that get tokens by client credentials. Cognito gives them no token without a scope of a resource server.
locals {
  machine_scopes = distinct(flatten([for machine in values(var.identity.machines) : machine.scopes]))
  # A scope is the name of its resource server, a slash, and its own name.
  scopes_by_server = { for scope in local.machine_scopes : regex("^(.*)/[^/]+$", scope)[0] => regex("[^/]+$", scope)... }
}

resource "aws_cognito_resource_server" "this" {
  for_each = local.scopes_by_server

  identifier   = each.key
  name         = each.key
  user_pool_id = aws_cognito_user_pool.this.id

  dynamic "scope" {
    for_each = toset(each.value)

    content {
      scope_name        = scope.value
      scope_description = scope.value
    }
  }
}

resource "aws_cognito_user_pool_client" "machine" {
  for_each = var.identity.machines

  name         = "${var.name}-${each.key}"
  user_pool_id = aws_cognito_user_pool.this.id

  generate_secret                      = true
  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_flows                  = ["client_credentials"]
  allowed_oauth_scopes                 = each.value.scopes

  # No user signs in by it. Without lists it could read and write every attribute.
  explicit_auth_flows     = ["ALLOW_REFRESH_TOKEN_AUTH"]
  enable_token_revocation = true
  read_attributes         = local.own_attributes
  write_attributes        = local.own_attributes

  access_token_validity = var.identity.access_token_minutes

  token_validity_units {
    access_token = "minutes"
  }

  depends_on = [aws_cognito_resource_server.this]
}
