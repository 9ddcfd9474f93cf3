# Like prod, for fewer requests; in the account and region of dev.
environment = "staging"

# Replace with your own identity providers. Their names must be those of policies/issuers.yaml.
issuers = {
  main      = { url = "https://login.staging.quill.example", audiences = ["quill-api"] }
  acme-okta = { url = "https://acme.okta.example/oauth2/default", audiences = ["quill-api"] }
}

# Replace with your own. The sample backend replaces billing, which has no value.
backends = {
  docs = { function_arn = "arn:aws:lambda:eu-central-1:111122223333:function:quill-documents:staging" }
}

cors          = { allowed_origins = ["https://app.staging.quill.example"] }
permissions   = { deletion_protection = false }
throttle      = { rate = 200, burst = 100 }
observability = { retention_days = 30 }
