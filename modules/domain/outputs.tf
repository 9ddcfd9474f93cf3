output "certificate_arn" {
  description = "ARN of the domain's certificate, after ACM has issued it."
  value       = var.domain.certificate_arn == null ? aws_acm_certificate_validation.this[0].certificate_arn : var.domain.certificate_arn
}
