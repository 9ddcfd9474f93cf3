output "stage_variables" {
  description = "Stage variables that Portcullis needs."
  value       = module.portcullis.stage_variables
}

output "open_methods" {
  description = "Methods that a resource policy may allow, and no others."
  value       = module.portcullis.open_methods
}

output "api" {
  description = "Id of the API, and name of its stage."
  value       = { id = aws_api_gateway_rest_api.ledger.id, stage = aws_api_gateway_stage.dev.stage_name }
}

output "table_name" {
  description = "Name of the permissions table."
  value       = module.portcullis.table_name
}

output "authorizer" {
  description = "Function, version and alias of the authorizer."
  value       = module.portcullis.authorizer
}
