# Like prod, except for settings that cost money or prevent deletion.
environment = "staging"

issuers = {
  main = { url = "https://login.staging.example.com", audiences = ["orders-staging"] }
}

backends = {
  orders = { url = "https://orders.staging.example.com" }
}

permissions   = { deletion_protection = false }
cors          = { allowed_origins = ["https://app.staging.example.com"] }
throttle      = { rate = 200, burst = 100 }
observability = { retention_days = 30 }
