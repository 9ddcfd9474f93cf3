# State and provider, which only the folder that Terraform runs in may have. The npm package omits this file, so that
# there this folder is a module like any other.
terraform {
  # Bucket, key and region come from environments/<environment>.tfbackend: each environment has its own state.
  backend "s3" {}
}

provider "aws" {
  default_tags {
    tags = merge({ Application = var.name, Environment = var.environment }, var.tags)
  }
}

variable "tags" {
  description = "Tags of all resources that can have tags, in addition to Application and Environment."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for key in keys(var.tags) : !startswith(key, "aws:")])
    error_message = "tags must not have keys that begin with aws:, which AWS reserves."
  }
}
