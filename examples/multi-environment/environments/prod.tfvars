# Stricter in everything: pages of one origin, refunds only from the office, a table with deletion protection.
environment = "prod"

issuers = {
  main = { url = "https://login.example.com", audiences = ["orders"] }
}

backends = {
  orders = { url = "https://orders.example.com" }
}

caching       = { ttl_seconds = 30 }
authorizer    = { memory_mb = 1024, reserved_concurrency = 100, permissions_ttl_seconds = 15, clock_tolerance_seconds = 5 }
permissions   = { deletion_protection = true, point_in_time_recovery = true }
cors          = { allowed_origins = ["https://app.example.com"] }
throttle      = { rate = 1000, burst = 500 }
observability = { retention_days = 365 }

# Refunds only from the office's addresses, for all callers.
denies = [
  {
    sid        = "RefundsFromElsewhere"
    resources  = ["POST/orders/*/refund"]
    conditions = { NotIpAddress = { "aws:SourceIp" = ["203.0.113.0/24"] } }
  },
]
