variable "role_name" {
  description = "Name of the role. IAM's names are for all regions, so a second region needs another one."
  type        = string
  default     = "api-gateway-logs"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9+=,.@_-]{1,64}$", var.role_name))
    error_message = "role_name must be 1 to 64 letters, digits or characters of +=,.@_-."
  }
}
