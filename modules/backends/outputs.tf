output "placeholders" {
  description = "Values of the definition's placeholders for the authorizer, the sample backend and the backends. They are not escaped for JSON."
  value = merge(local.backend_placeholders, {
    authorizer_uri     = var.authorizer_function.invoke_uri
    sample_backend_uri = local.sample_backend_uri
  })
}

output "timeouts" {
  description = "Timeouts of backends that have one, in ms, by the placeholder with which their integrations' `uri` begins in the definition."
  value       = local.timeouts
}

output "integration_keys" {
  description = "Keys of an operation's two integrations after the placeholders are filled: `used`, and `unused`, which the API must drop."
  value       = local.integration_keys
}

output "source_arns" {
  description = "What may call: the API's `authorizers` the authorizer's function, and its `stage` the functions of backends."
  value       = local.source_arns
}

output "sampled_backends" {
  description = "Names of the backends that the sample backend replaces."
  value       = local.sampled
}
