# An API whose callers log in with Auth0, through an Organization each.
terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.80, < 7.0"
    }
  }

  # Bucket, key and region come from environments/<environment>.tfbackend: one state an environment.
  backend "s3" {}
}

provider "aws" {}

module "portcullis" {
  source = "./node_modules/portcullis"

  environment = var.environment
  name        = "notes"
  issuers     = var.issuers
  backends    = var.backends

  # Cheap to throw away; leave it out where data matter.
  permissions = { deletion_protection = false, point_in_time_recovery = false }
}

variable "environment" {
  description = "Which environment this is."
  type        = string
}

variable "issuers" {
  description = "The trusted issuers, by their names in policies/issuers.yaml."
  type        = any
}

variable "backends" {
  description = "Where the backends are, by their names in policies/api.yaml."
  type        = any
  default     = {}
}

# npx portcullis deploy reads these two.
output "url" {
  description = "Where callers reach the API."
  value       = module.portcullis.url
}

output "table_name" {
  description = "The permissions table."
  value       = module.portcullis.table_name
}
