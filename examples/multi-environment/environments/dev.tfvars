# Quick to change and easy to delete.
environment = "dev"

issuers = {
  main = { url = "https://login.dev.example.com", audiences = ["orders-dev"] }
}

# A change of the permissions takes full effect after 15 s.
caching       = { ttl_seconds = 10 }
authorizer    = { permissions_ttl_seconds = 5 }
permissions   = { deletion_protection = false, point_in_time_recovery = false }
throttle      = { rate = 50, burst = 20 }
observability = { retention_days = 7 }
