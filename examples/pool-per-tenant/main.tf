# A Cognito user pool for each tenant, and an API that accepts each pool's tokens for its own tenant alone.
terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.83, < 7.0"
    }
  }

  # Bucket, key and region come from environments/<environment>.tfbackend: each environment has its own state.
  backend "s3" {}
}

provider "aws" {}

locals {
  name = "notes-${var.environment}"

  tenants = toset(["acme", "globex"])
  # The roles of policies/roles.
  roles  = ["owner", "reader", "writer"]
  groups = { for pair in setproduct(local.tenants, local.roles) : "${pair[0]}:${pair[1]}" => { tenant = pair[0], role = pair[1] } }
}

resource "aws_cognito_user_pool" "tenant" {
  for_each = local.tenants

  name                     = "${local.name}-${each.key}"
  username_attributes      = ["email"]
  auto_verified_attributes = ["email"]

  # People are in the pool by invitation. Those who may add users to a group decide about roles in this tenant.
  admin_create_user_config {
    allow_admin_create_user_only = true
  }
}

resource "aws_cognito_user_pool_client" "tenant" {
  for_each = local.tenants

  name                          = "${local.name}-${each.key}"
  user_pool_id                  = aws_cognito_user_pool.tenant[each.key].id
  explicit_auth_flows           = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
  generate_secret               = false
  prevent_user_existence_errors = "ENABLED"
}

# A group of a pool is a role in the pool's tenant.
resource "aws_cognito_user_group" "role" {
  for_each = local.groups

  name         = each.value.role
  user_pool_id = aws_cognito_user_pool.tenant[each.value.tenant].id
}

module "portcullis" {
  source = "./node_modules/portcullis"

  environment = var.environment
  name        = "notes"
  # Every pool of the region, of which a tenant's file lists the trusted ones.
  issuers = { pools = { url = "https://cognito-idp.${var.region}.amazonaws.com/{pool}", audiences = ["unused"] } }

  # Easy to delete. Remove this if the data is important.
  permissions = { deletion_protection = false, point_in_time_recovery = false }
}

variable "environment" {
  description = "Name of the environment."
  type        = string
}

variable "region" {
  description = "Region of the pools."
  type        = string
}

# npx portcullis deploy and npx portcullis doctor read these outputs.
output "url" {
  description = "URL of the API."
  value       = module.portcullis.url
}

output "api_id" {
  description = "Id of the API."
  value       = module.portcullis.api_id
}

output "stage" {
  description = "Name of the API's stage."
  value       = module.portcullis.stage
}

output "caching_mode" {
  description = "Caching mode of the authorizer's responses."
  value       = module.portcullis.caching_mode
}

output "staleness_seconds" {
  description = "Longest time until a change of the permissions takes full effect."
  value       = module.portcullis.staleness_seconds
}

output "table_name" {
  description = "Name of the permissions table."
  value       = module.portcullis.table_name
}

output "keeper" {
  description = "Who keeps the items of the policy files: terraform or publish."
  value       = module.portcullis.keeper
}

output "authorizer" {
  description = "Function, published version and alias of the authorizer."
  value       = module.portcullis.authorizer
}

output "build_digest" {
  description = "SHA-256 of the deployed build's manifest."
  value       = module.portcullis.build_digest
}

output "pools" {
  description = "Id of each tenant's pool, for the tenant's file, and its app client."
  value = {
    for tenant in local.tenants : tenant => {
      id     = aws_cognito_user_pool.tenant[tenant].id
      client = aws_cognito_user_pool_client.tenant[tenant].id
    }
  }
}
