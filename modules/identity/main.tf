locals {
  groups = var.identity.groups == null ? var.roles : var.identity.groups

  # Attributes that users may change themselves. The tenant is not one of them, because its users could then choose it.
  own_attributes = ["email", "name"]

  # Provider 6 has other attributes for the region's name than provider 5, so it is read from an ARN.
  region = split(":", aws_cognito_user_pool.this.arn)[3]
}

resource "aws_cognito_user_pool" "this" {
  name                = var.name
  user_pool_tier      = var.identity.tier
  deletion_protection = var.identity.deletion_protection ? "ACTIVE" : "INACTIVE"
  mfa_configuration   = { off = "OFF", optional = "OPTIONAL", required = "ON" }[var.identity.mfa]

  username_attributes      = ["email"]
  auto_verified_attributes = ["email"]

  username_configuration {
    case_sensitive = false
  }

  # A new address counts only after its verification.
  user_attribute_update_settings {
    attributes_require_verification_before_update = ["email"]
  }

  account_recovery_setting {
    recovery_mechanism {
      name     = "verified_email"
      priority = 1
    }
  }

  admin_create_user_config {
    allow_admin_create_user_only = !var.identity.self_sign_up
  }

  # An administrator can change it to move a user. The client below cannot write it.
  schema {
    name                     = "tenant"
    attribute_data_type      = "String"
    developer_only_attribute = false
    mutable                  = true
    required                 = false

    string_attribute_constraints {
      min_length = "1"
      max_length = "128"
    }
  }

  password_policy {
    minimum_length                   = var.identity.password.minimum_length
    require_lowercase                = var.identity.password.lowercase
    require_uppercase                = var.identity.password.uppercase
    require_numbers                  = var.identity.password.numbers
    require_symbols                  = var.identity.password.symbols
    temporary_password_validity_days = 7
  }

  dynamic "software_token_mfa_configuration" {
    for_each = var.identity.mfa == "off" ? [] : [true]

    content {
      enabled = true
    }
  }

  # Version 2 is the first that can change access tokens, version 3 also those of machines.
  lambda_config {
    pre_token_generation_config {
      lambda_arn     = aws_lambda_function.token_claims.arn
      lambda_version = "V3_0"
    }
  }
}

resource "aws_cognito_user_pool_client" "this" {
  name         = var.name
  user_pool_id = aws_cognito_user_pool.this.id

  explicit_auth_flows = concat(
    ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    var.identity.password_login ? ["ALLOW_USER_PASSWORD_AUTH"] : [],
  )
  generate_secret               = false
  prevent_user_existence_errors = "ENABLED"
  enable_token_revocation       = true

  read_attributes  = concat(local.own_attributes, ["custom:tenant", "email_verified"])
  write_attributes = local.own_attributes

  access_token_validity  = var.identity.access_token_minutes
  id_token_validity      = var.identity.id_token_minutes
  refresh_token_validity = var.identity.refresh_token_days

  token_validity_units {
    access_token  = "minutes"
    id_token      = "minutes"
    refresh_token = "days"
  }

  supported_identity_providers         = ["COGNITO"]
  allowed_oauth_flows_user_pool_client = var.identity.domain != null
  allowed_oauth_flows                  = var.identity.domain != null ? ["code"] : null
  allowed_oauth_scopes                 = var.identity.domain != null ? ["openid", "email", "profile"] : null
  callback_urls                        = try(var.identity.domain.callback_urls, null)
  logout_urls                          = try(var.identity.domain.logout_urls, null)
}

# The token has the names of the user's groups, and Portcullis reads them as roles.
resource "aws_cognito_user_group" "role" {
  for_each = toset(local.groups)

  name         = each.value
  user_pool_id = aws_cognito_user_pool.this.id
}

resource "aws_cognito_user_pool_domain" "this" {
  count = var.identity.domain != null ? 1 : 0

  domain       = var.identity.domain.prefix
  user_pool_id = aws_cognito_user_pool.this.id
}
