# Copied from the root by npx tsx scripts/share-declarations.ts --write.
variable "domain" {
  description = <<-EOT
    Custom domain; null uses only the URL that AWS assigns.
    `name`: host name of the domain.
    `certificate_arn`: ARN of the domain's ACM certificate, in the API's region; null creates one, which a record in the zone validates.
    `zone_id`: id of the Route 53 hosted zone in which the domain's records are created; null creates none.
    `base_path`: first path segment that belongs to this API; empty uses the whole domain.
    `disable_execute_api_endpoint`: whether the URL that AWS assigns is disabled.
    `security_policy`: TLS versions that the domain accepts: `TLS_1_2`, 1.2 and 1.3, or `TLS_1_0`, also 1.0 and 1.1, only for a REST API.
  EOT
  type = object({
    name                         = string
    certificate_arn              = optional(string)
    zone_id                      = optional(string)
    base_path                    = optional(string, "")
    disable_execute_api_endpoint = optional(bool, true)
    security_policy              = optional(string, "TLS_1_2")
  })
  default = null

  validation {
    condition     = var.domain == null || can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", var.domain.name))
    error_message = "domain.name must be a host name such as api.example.com."
  }

  validation {
    condition     = try(var.domain.certificate_arn, null) == null || can(regex("^arn:[a-z-]+:acm:[a-z0-9-]+:\\d{12}:certificate/", var.domain.certificate_arn))
    error_message = "domain.certificate_arn must be the ARN of an ACM certificate, or null to create one."
  }

  validation {
    condition     = try(var.domain.zone_id, null) == null || can(regex("^[A-Z0-9]{1,32}$", var.domain.zone_id))
    error_message = "domain.zone_id must be the id of a Route 53 hosted zone, such as Z0123456789ABCDEFGHIJ, or null."
  }

  validation {
    condition     = var.domain == null || try(var.domain.certificate_arn, null) != null || try(var.domain.zone_id, null) != null
    error_message = "domain must have a certificate_arn, or a zone_id in which a certificate can be validated."
  }

  validation {
    condition     = var.domain == null || can(regex("^[A-Za-z0-9_.-]*$", var.domain.base_path))
    error_message = "domain.base_path must be one segment of letters, digits, '_', '.' or '-', without slashes, or empty."
  }

  validation {
    condition     = var.domain == null || contains(["TLS_1_2", "TLS_1_0"], try(var.domain.security_policy, ""))
    error_message = "domain.security_policy must be TLS_1_2 or TLS_1_0. A policy such as SecurityPolicy_TLS13_1_3_2025_09 needs an argument that AWS provider 5 does not have: create such a domain yourself (docs/operations.md, TLS of the domain)."
  }
}

variable "target" {
  description = "Target of the domain's record: host name and hosted zone of API Gateway's regional endpoint."
  type        = object({ name = string, zone_id = string })
  nullable    = false
}
