output "stage_variables" {
  description = "What Portcullis has the stage hold."
  value       = module.portcullis.stage_variables
}

output "open_methods" {
  description = "All that a resource policy may allow."
  value       = module.portcullis.open_methods
}

output "api" {
  description = "The API's id, and its stage's name."
  value       = { id = aws_api_gateway_rest_api.ledger.id, stage = aws_api_gateway_stage.dev.stage_name }
}

output "table_name" {
  description = "The permissions table."
  value       = module.portcullis.table_name
}

output "authorizer" {
  description = "The authorizer's function, version and alias."
  value       = module.portcullis.authorizer
}
