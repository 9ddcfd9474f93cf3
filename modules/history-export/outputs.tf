output "bucket" {
  description = "Name of the bucket with the copies."
  value       = aws_s3_bucket.this.bucket
}

output "failures_queue" {
  description = "URL of the queue with the batches that were given up."
  value       = aws_sqs_queue.failures.url
}

output "role_policy" {
  description = "Policy that the function's role needs, as JSON."
  value       = module.role.policy
}
