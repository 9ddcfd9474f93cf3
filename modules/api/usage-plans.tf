# Makes every guarded method require the API key of a usage plan, which its authorizer returns. A client's own
# x-api-key header is ignored.
locals {
  api_key_scheme = { for name in ["api_key"] : name => { type = "apiKey", name = "x-api-key", in = "header" } if var.require_api_key }
  api_key_needed = { for name in keys(local.api_key_scheme) : name => [] }
}
