environment = "dev"

# Replace with your own identity provider; its name is that of policies/issuers.yaml.
issuers = {
  main = { url = "https://login.example.com", audiences = ["my-api"] }
}

# The sample backend answers until a backend has a value, such as
# backend = { url = "https://app.example.com" } or { function_arn = "arn:aws:lambda:…" }.
backends = {}

# Cheap to throw away; leave both out where data matter.
permissions = {
  deletion_protection    = false
  point_in_time_recovery = false
}
