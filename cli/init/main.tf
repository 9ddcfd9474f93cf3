# An API that Portcullis guards. node_modules/portcullis/environments/README.md describes each variable with its type
# and default. The values are in environments/<environment>.tfvars.
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
    tags = { Application = coalesce(var.name, "portcullis"), Environment = var.environment }
  }
}

module "portcullis" {
  source = "./node_modules/portcullis"

  environment            = var.environment
  name                   = var.name
  policies_directory     = var.policies_directory
  issuers                = var.issuers
  issuer_hosts           = var.issuer_hosts
  identity               = var.identity
  backends               = var.backends
  caching                = var.caching
  permissions            = var.permissions
  history_export         = var.history_export
  authorizer             = var.authorizer
  iam                    = var.iam
  vpc                    = var.vpc
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

output "domain_target" {
  description = "Target of the custom domain's DNS record; null without a custom domain."
  value       = module.portcullis.domain_target
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

output "user_pool_id" {
  description = "Id of the Cognito user pool; null without one."
  value       = module.portcullis.user_pool_id
}

output "user_pool_client_id" {
  description = "Id of the pool's app client; null without a pool."
  value       = module.portcullis.user_pool_client_id
}

output "user_pool_issuer_url" {
  description = "Value of the iss claim in the pool's tokens; null without a pool."
  value       = module.portcullis.user_pool_issuer_url
}

output "user_pool_machine_clients" {
  description = "Ids of the app clients of identity.machines, by name; null without a pool."
  value       = module.portcullis.user_pool_machine_clients
}

output "sign_in_url" {
  description = "URL of the pool's sign-in pages; null without them."
  value       = module.portcullis.sign_in_url
}

output "resource_metadata" {
  description = "URL of the document in which clients find the advertised issuers, or why there is none."
  value       = module.portcullis.resource_metadata
}

output "canary" {
  description = "The authorizer's newest version and its share of the requests; null without a canary."
  value       = module.portcullis.canary
}

output "sampled_backends" {
  description = "Backends without a value, which the sample backend replaces."
  value       = module.portcullis.sampled_backends
}

output "access_log_group" {
  description = "Log group of the access log."
  value       = module.portcullis.access_log_group
}

output "monitoring" {
  description = "Topic, dashboard and alarms; null without monitoring."
  value       = module.portcullis.monitoring
}

output "history_export" {
  description = "Bucket with the copy of the history; null without one."
  value       = module.portcullis.history_export
}

output "role_policies" {
  description = "Policies that the functions' roles need, by function."
  value       = module.portcullis.role_policies
}

output "build_digest" {
  description = "SHA-256 of the deployed build's manifest."
  value       = module.portcullis.build_digest
}

# Null uses the module's default. The module validates the values.
variable "environment" {
  description = "Name of the environment."
  type        = string
}

variable "issuers" {
  description = "Trusted issuers, by their names in policies/issuers.yaml."
  type        = any
}

variable "issuer_hosts" {
  description = "Hosts of the issuers that policies/issuers.yaml gives a URL."
  type        = any
  default     = []
}

variable "identity" {
  description = "Cognito user pool; null creates none."
  type        = any
  default     = null
}

variable "name" {
  description = "Name of the deployment."
  type        = string
  default     = null
}

variable "policies_directory" {
  description = "Folder of the policy files."
  type        = string
  default     = "policies"
}

variable "backends" {
  description = "Backends, by their names in policies/api.yaml."
  type        = any
  default     = null
}

variable "caching" {
  description = "Caching of the authorizer's responses."
  type        = any
  default     = null
}

variable "permissions" {
  description = "Settings of the permissions table."
  type        = any
  default     = null
}

variable "history_export" {
  description = "Copy of the history in a bucket with Object Lock; null creates none."
  type        = any
  default     = null
}

variable "authorizer" {
  description = "Settings of the authorizer's function."
  type        = any
  default     = null
}

variable "iam" {
  description = "Roles of the functions: permissions boundary, path, or existing roles."
  type        = any
  default     = null
}

variable "vpc" {
  description = "Subnets in which the functions run; null runs them outside your VPCs."
  type        = any
  default     = null
}

variable "cors" {
  description = "CORS headers for browsers."
  type        = any
  default     = null
}

variable "throttle" {
  description = "Limit on the requests of all callers together."
  type        = any
  default     = null
}

variable "api_type" {
  description = "Type of the API: rest or http."
  type        = string
  default     = null
}

variable "authorizer_type" {
  description = "Type of a REST API's authorizers: request or token."
  type        = string
  default     = null
}

variable "http_api" {
  description = "Settings of an HTTP API."
  type        = any
  default     = null
}

variable "usage_plans" {
  description = "Usage plans that enforce the policy files' plans; null creates none."
  type        = any
  default     = null
}

variable "request_validation" {
  description = "Validation of request bodies."
  type        = any
  default     = null
}

variable "denies" {
  description = "Requests that are denied before the authorizer is called."
  type        = any
  default     = null
}

variable "domain" {
  description = "Custom domain; null uses only the URL that AWS assigns."
  type        = any
  default     = null
}

variable "web_acl_arn" {
  description = "ARN of a WAF web ACL; null uses none."
  type        = string
  default     = null
}

variable "observability" {
  description = "Logs, traces and metrics."
  type        = any
  default     = null
}

variable "canary" {
  description = "Canary: share of the requests that the newest version gets; null gives it all requests."
  type        = any
  default     = null
}

variable "monitoring" {
  description = "Dashboard, alarms and saved queries; null creates none."
  type        = any
  default     = null
}

variable "manage_account_logging" {
  description = "Whether this environment manages the account's role for API Gateway's logs."
  type        = bool
  default     = null
}
