# Small, quick to change and easy to delete.
environment = "dev"

# Replace with your own identity providers. Their names must be those of policies/issuers.yaml.
issuers = {
  main      = { url = "https://login.dev.quill.example", audiences = ["quill-api"] }
  acme-okta = { url = "https://acme.okta.example/oauth2/default", audiences = ["quill-api"] }
}

# None yet: the sample backend replaces each backend.
backends = {}

# With permissions_ttl_seconds below, a change of the permissions takes full effect after 15 s.
caching = { ttl_seconds = 10 }

permissions = {
  deletion_protection    = false
  point_in_time_recovery = false
}

authorizer    = { permissions_ttl_seconds = 5 }
throttle      = { rate = 50, burst = 20 }
observability = { retention_days = 7 }
