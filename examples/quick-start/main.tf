# The smallest complete deployment: one environment, one issuer, and the sample backend until you have your own.
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

module "portcullis" {
  source = "./node_modules/portcullis"

  environment = var.environment
  name        = "notes"
  issuers     = var.issuers
  backends    = var.backends

  # Easy to delete. Remove this if the data is important.
  permissions = { deletion_protection = false, point_in_time_recovery = false }
}

variable "environment" {
  description = "Name of the environment."
  type        = string
}

variable "issuers" {
  description = "Trusted issuers, by their names in policies/issuers.yaml."
  type        = any
}

variable "backends" {
  description = "Backends, by their names in policies/api.yaml."
  type        = any
  default     = {}
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
