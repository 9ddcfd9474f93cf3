output "user_pool_id" {
  description = "Id of the user pool."
  value       = aws_cognito_user_pool.this.id
}

output "client_id" {
  description = "Id of the app client with which users sign in."
  value       = aws_cognito_user_pool_client.this.id
}

output "issuer" {
  description = "The pool as a trusted issuer: its name in the policy files, and its settings in the format of the root's `issuers`."
  value = {
    name = var.identity.issuer
    settings = {
      url        = "https://${aws_cognito_user_pool.this.endpoint}"
      jwks_uri   = "https://${aws_cognito_user_pool.this.endpoint}/.well-known/jwks.json"
      audiences  = concat([aws_cognito_user_pool_client.this.id], values(aws_cognito_user_pool_client.machine)[*].id, var.identity.further_clients)
      algorithms = ["RS256"]
    }
  }
}

output "sign_in_url" {
  description = "URL of the pool's own sign-in pages; null without a domain."
  value       = one([for domain in aws_cognito_user_pool_domain.this : "https://${domain.domain}.auth.${local.region}.amazoncognito.com"])
}

output "machine_clients" {
  description = "Ids of the app clients of `identity.machines`, by name. Their secrets are in the pool."
  value       = { for name, client in aws_cognito_user_pool_client.machine : name => client.id }
}

output "role_policy" {
  description = "Policy that the token trigger's role needs, as JSON."
  value       = module.role.policy
}
