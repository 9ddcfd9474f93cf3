variable "issuers" {
  description = "Identity providers, by their names in ../policies/issuers.yaml."
  type        = map(object({ url = string, audiences = list(string) }))
}

variable "ledger_uri" {
  description = "Invocation URI of the backend function: its invoke_arn."
  type        = string
}
