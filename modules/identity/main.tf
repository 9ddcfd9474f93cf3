locals {
  groups = var.settings.groups == null ? var.roles : var.settings.groups

  # Attributes that users may change themselves. The tenant is not one of them, because its users could then choose it.
  own_attributes = ["email", "name"]
}

data "aws_region" "current" {}

resource "aws_cognito_user_pool" "this" {
  name                = var.name
  user_pool_tier      = var.settings.tier
  deletion_protection = var.settings.deletion_protection ? "ACTIVE" : "INACTIVE"
  mfa_configuration   = { off = "OFF", optional = "OPTIONAL", required = "ON" }[var.settings.mfa]

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
    allow_admin_create_user_only = !var.settings.self_sign_up
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
    minimum_length                   = var.settings.password.minimum_length
    require_lowercase                = var.settings.password.lowercase
    require_uppercase                = var.settings.password.uppercase
    require_numbers                  = var.settings.password.numbers
    require_symbols                  = var.settings.password.symbols
    temporary_password_validity_days = 7
  }

  dynamic "software_token_mfa_configuration" {
    for_each = var.settings.mfa == "off" ? [] : [true]

    content {
      enabled = true
    }
  }

  # Version 2 is the first that can change access tokens.
  lambda_config {
    pre_token_generation_config {
      lambda_arn     = aws_lambda_function.token_claims.arn
      lambda_version = "V2_0"
    }
  }
}

resource "aws_cognito_user_pool_client" "this" {
  name         = var.name
  user_pool_id = aws_cognito_user_pool.this.id

  explicit_auth_flows = concat(
    ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    var.settings.password_login ? ["ALLOW_USER_PASSWORD_AUTH"] : [],
  )
  generate_secret               = false
  prevent_user_existence_errors = "ENABLED"
  enable_token_revocation       = true

  read_attributes  = concat(local.own_attributes, ["custom:tenant", "email_verified"])
  write_attributes = local.own_attributes

  access_token_validity  = var.settings.access_token_minutes
  id_token_validity      = var.settings.id_token_minutes
  refresh_token_validity = var.settings.refresh_token_days

  token_validity_units {
    access_token  = "minutes"
    id_token      = "minutes"
    refresh_token = "days"
  }

  supported_identity_providers         = ["COGNITO"]
  allowed_oauth_flows_user_pool_client = var.settings.domain != null
  allowed_oauth_flows                  = var.settings.domain != null ? ["code"] : null
  allowed_oauth_scopes                 = var.settings.domain != null ? ["openid", "email", "profile"] : null
  callback_urls                        = try(var.settings.domain.callback_urls, null)
  logout_urls                          = try(var.settings.domain.logout_urls, null)
}

# The token has the names of the user's groups, and Portcullis reads them as roles.
resource "aws_cognito_user_group" "role" {
  for_each = toset(local.groups)

  name         = each.value
  user_pool_id = aws_cognito_user_pool.this.id
}

resource "aws_cognito_user_pool_domain" "this" {
  count = var.settings.domain != null ? 1 : 0

  domain       = var.settings.domain.prefix
  user_pool_id = aws_cognito_user_pool.this.id
}
