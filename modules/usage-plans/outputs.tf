output "keys" {
  description = "What the authorizer names keys by: for whom (`plan` or `tenant`), and the secret that they are made of. It hangs on no plan, so the function can know it before the stage is there."
  value       = { per = var.per, secret = local.secret }
  sensitive   = true
}

output "plans" {
  description = "Ids of the usage plans by the plans' names."
  value       = { for name, plan in aws_api_gateway_usage_plan.plan : name => plan.id }
}
