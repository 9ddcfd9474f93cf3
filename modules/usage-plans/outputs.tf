output "keys" {
  description = "What the authorizer derives the keys from: `per`, which is `plan` or `tenant`, and the secret. It depends on no usage plan, so the function can have it before the stage exists."
  value       = { per = var.per, secret = local.secret }
  sensitive   = true
}

output "plans" {
  description = "Ids of the usage plans, by the plans' names."
  value       = { for name, plan in aws_api_gateway_usage_plan.plan : name => plan.id }
}
