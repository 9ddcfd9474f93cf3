# What only the folder that Terraform runs in may have: state and provider. The npm package leaves this file out,
# so that there this folder is a module like any other.
terraform {
  # Bucket, key and region come from environments/<environment>.tfbackend: one state an environment.
  backend "s3" {}
}

provider "aws" {
  default_tags {
    tags = merge({ Application = var.name, Environment = var.environment }, var.tags)
  }
}

variable "tags" {
  description = "Tags of everything that can have some, beside Application and Environment."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for key in keys(var.tags) : !startswith(key, "aws:")])
    error_message = "tags must not begin with aws:, which is AWS's own."
  }
}
