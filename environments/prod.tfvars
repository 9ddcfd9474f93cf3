# In its own account.
environment = "prod"

# Replace with your own identity providers. Their names must be those of policies/issuers.yaml.
issuers = {
  main      = { url = "https://login.quill.example", audiences = ["quill-api"] }
  acme-okta = { url = "https://acme.okta.example/oauth2/default", audiences = ["quill-api"] }
}

# Replace with your own.
backends = {
  docs    = { function_arn = "arn:aws:lambda:eu-central-1:444455556666:function:quill-documents:live" }
  billing = { url = "https://billing.internal.quill.example/v1" }
}

# domain = {
#   name            = "api.quill.example"
#   certificate_arn = "arn:aws:acm:eu-central-1:444455556666:certificate/…" # or zone_id = "Z…", which creates it
# }
# web_acl_arn = "arn:aws:wafv2:eu-central-1:444455556666:regional/webacl/quill/…"

# Alarms and a dashboard. metrics = "tenant" counts each tenant, at about $0.60 for each tenant and month.
# monitoring = {}

cors = { allowed_origins = ["https://app.quill.example"] }

# No cold starts for the first callers, and a limit on the account's concurrency.
authorizer = {
  memory_mb               = 1024
  reserved_concurrency    = 200
  provisioned_concurrency = 2
}

throttle      = { rate = 2000, burst = 1000 }
observability = { retention_days = 365 }
