variable "directory" {
  description = "Folder that `npx portcullis build` wrote."
  type        = string
  nullable    = false

  validation {
    condition     = var.directory != ""
    error_message = "directory must be the path of the build's folder, such as build."
  }
}

variable "policies_directory" {
  description = "Folder of the policy files. The build must be made from these files."
  type        = string
  nullable    = false

  validation {
    condition     = length(fileset(var.policies_directory, "api.{yaml,yml,json}")) == 1
    error_message = "policies_directory must be a folder with one api.yaml, api.yml or api.json."
  }
}

variable "environment" {
  description = "Environment whose permissions are deployed: the tenants of all environments and its own."
  type        = string
  nullable    = false

  validation {
    condition     = var.environment != ""
    error_message = "environment must be the name of an environment, such as dev."
  }
}

variable "front" {
  description = "Type of the API: `rest`, `rest-token`, `http-simple` or `http-iam`. The build must be made for it."
  type        = string
  default     = "rest"
  nullable    = false

  validation {
    condition     = contains(["rest", "rest-token", "http-simple", "http-iam"], var.front)
    error_message = "front must be rest, rest-token, http-simple or http-iam."
  }
}

variable "caching_mode" {
  description = "Caching mode: `token`, `route`, `off`, or `auto`, which uses the mode that the build chose."
  type        = string
  default     = "auto"
  nullable    = false

  validation {
    condition     = contains(["auto", "token", "route", "off"], var.caching_mode)
    error_message = "caching_mode must be auto, token, route or off."
  }
}
