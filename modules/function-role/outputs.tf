output "arn" {
  description = "ARN of the function's role, after the role has its policy."
  value       = local.is_created ? aws_iam_role.this[0].arn : var.iam.roles[var.function]

  # The policy must exist before the first cold start.
  depends_on = [aws_iam_role_policy.this]
}

output "policy" {
  description = "Policy that the role needs, as JSON. An existing role must have it from its owner."
  value       = local.policy
}
