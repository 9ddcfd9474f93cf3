variable "directory" {
  description = "Folder that the build wrote: `npx portcullis build`."
  type        = string
  nullable    = false

  validation {
    condition     = var.directory != ""
    error_message = "directory must be the path of the build's folder."
  }
}

variable "policies_directory" {
  description = "Folder of the policy files that the build must have been made of."
  type        = string
  nullable    = false

  validation {
    condition     = length(fileset(var.policies_directory, "api.{yaml,yml,json}")) == 1
    error_message = "policies_directory must be a folder with an api.yaml."
  }
}

variable "environment" {
  description = "Environment whose permissions are taken: the tenants of all environments and its own."
  type        = string
  nullable    = false

  validation {
    condition     = var.environment != ""
    error_message = "environment must be the name of an environment."
  }
}

variable "front" {
  description = "What the API is to be: `rest`, `rest-token`, `http-simple` or `http-iam`; the build must have been made for it."
  type        = string
  default     = "rest"
  nullable    = false

  validation {
    condition     = contains(["rest", "rest-token", "http-simple", "http-iam"], var.front)
    error_message = "front must be rest, rest-token, http-simple or http-iam."
  }
}

variable "caching_mode" {
  description = "`auto` takes the mode that the build found; `token`, `route` and `off` ask for one."
  type        = string
  default     = "auto"
  nullable    = false

  validation {
    condition     = contains(["auto", "token", "route", "off"], var.caching_mode)
    error_message = "caching_mode must be auto, token, route or off."
  }
}
