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
