# An API that Portcullis guards. What each value means, with its type and default, is in
# node_modules/portcullis/environments/README.md; values are in environments/<environment>.tfvars.
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

provider "aws" {
  default_tags {
    tags = { Application = coalesce(var.name, "portcullis"), Environment = var.environment }
  }
}

module "portcullis" {
  source = "./node_modules/portcullis"

  environment            = var.environment
  name                   = var.name
  policies_directory     = var.policies_directory
  issuers                = var.issuers
  identity               = var.identity
  backends               = var.backends
  caching                = var.caching
  permissions            = var.permissions
  authorizer             = var.authorizer
  cors                   = var.cors
  throttle               = var.throttle
  api_type               = var.api_type
  authorizer_type        = var.authorizer_type
  http_api               = var.http_api
  usage_plans            = var.usage_plans
  request_validation     = var.request_validation
  denies                 = var.denies
  domain                 = var.domain
  web_acl_arn            = var.web_acl_arn
  observability          = var.observability
  canary                 = var.canary
  monitoring             = var.monitoring
  manage_account_logging = var.manage_account_logging
}

# npx portcullis deploy and doctor read these.
output "url" {
  description = "Where callers reach the API."
  value       = module.portcullis.url
}

output "table_name" {
  description = "The permissions table."
  value       = module.portcullis.table_name
}

output "staleness_seconds" {
  description = "How long an edit of the permissions may take to hold for everybody."
  value       = module.portcullis.staleness_seconds
}

output "api_id" {
  description = "The API's id."
  value       = module.portcullis.api_id
}

output "stage" {
  description = "The API's stage."
  value       = module.portcullis.stage
}

output "caching_mode" {
  description = "How the authorizer's answers are cached."
  value       = module.portcullis.caching_mode
}

output "authorizer" {
  description = "The authorizer's function, published version and alias."
  value       = module.portcullis.authorizer
}

output "build_digest" {
  description = "SHA-256 of the manifest of the build that was deployed."
  value       = module.portcullis.build_digest
}

# Null: the module's own default. The module checks the values.
variable "environment" {
  description = "Which environment this is."
  type        = string
}

variable "issuers" {
  description = "The trusted issuers, by their names in policies/issuers.yaml."
  type        = any
}

variable "identity" {
  description = "A user pool of your own; null: none is made."
  type        = any
  default     = null
}

variable "name" {
  description = "What the deployment is called."
  type        = string
  default     = null
}

variable "policies_directory" {
  description = "Folder of the policy files."
  type        = string
  default     = "policies"
}

variable "backends" {
  description = "Where the backends are."
  type        = any
  default     = null
}

variable "caching" {
  description = "How the authorizer's answers are cached."
  type        = any
  default     = null
}

variable "permissions" {
  description = "Settings of the permissions table."
  type        = any
  default     = null
}

variable "authorizer" {
  description = "Settings of the authorizer's function."
  type        = any
  default     = null
}

variable "cors" {
  description = "What browsers are told."
  type        = any
  default     = null
}

variable "throttle" {
  description = "Requests that the stage takes."
  type        = any
  default     = null
}

variable "api_type" {
  description = "A REST API, or an HTTP API."
  type        = string
  default     = null
}

variable "authorizer_type" {
  description = "What a REST API's authorizer sees of a request."
  type        = string
  default     = null
}

variable "http_api" {
  description = "Settings of an HTTP API."
  type        = any
  default     = null
}

variable "usage_plans" {
  description = "Whether the policy files' plans are enforced."
  type        = any
  default     = null
}

variable "request_validation" {
  description = "What is checked of a request's body."
  type        = any
  default     = null
}

variable "denies" {
  description = "Requests that are refused before anybody is asked who is calling."
  type        = any
  default     = null
}

variable "domain" {
  description = "A domain of your own."
  type        = any
  default     = null
}

variable "web_acl_arn" {
  description = "ARN of a WAF web ACL."
  type        = string
  default     = null
}

variable "observability" {
  description = "What is kept of what happens."
  type        = any
  default     = null
}

variable "canary" {
  description = "The version that keeps most requests while a new one is tried; null: none is."
  type        = any
  default     = null
}

variable "monitoring" {
  description = "Dashboard, alarms and saved queries; null: none are made."
  type        = any
  default     = null
}

variable "manage_account_logging" {
  description = "Whether this environment keeps the account's role for API Gateway's logs."
  type        = bool
  default     = null
}
