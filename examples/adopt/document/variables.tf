variable "issuers" {
  description = "The identity providers, by their names in ../policies/issuers.yaml."
  type        = map(object({ url = string, audiences = list(string) }))
}

variable "ledger_uri" {
  description = "The invocation URI of the function that answers: its invoke_arn."
  type        = string
}
