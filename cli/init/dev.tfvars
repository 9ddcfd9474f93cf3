environment = "dev"

# Replace with your own identity provider. The name must be in policies/issuers.yaml.
issuers = {
  main = { url = "https://login.example.com", audiences = ["my-api"] }
}

# A backend without a value here is the sample backend. Values are such as
# backend = { url = "https://app.example.com" } or { function_arn = "arn:aws:lambda:…" }.
backends = {}

# The table of this environment can be deleted. Remove both settings where data matter.
permissions = {
  deletion_protection    = false
  point_in_time_recovery = false
}
