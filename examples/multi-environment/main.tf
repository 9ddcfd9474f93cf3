# One module for three environments, which differ in environments/<environment>.tfvars and policies/tenants/<environment>.
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

provider "aws" {
  default_tags {
    tags = { Application = "orders", Environment = var.environment }
  }
}

module "portcullis" {
  source = "./node_modules/portcullis"

  environment   = var.environment
  name          = "orders"
  issuers       = var.issuers
  backends      = var.backends
  caching       = var.caching
  permissions   = var.permissions
  authorizer    = var.authorizer
  cors          = var.cors
  throttle      = var.throttle
  denies        = var.denies
  observability = var.observability
}

# npx portcullis deploy reads these outputs.
output "url" {
  description = "URL of the API."
  value       = module.portcullis.url
}

output "table_name" {
  description = "Name of the permissions table."
  value       = module.portcullis.table_name
}
