environment = "dev"

# Replace with your own identity provider.
issuers = {
  main = { url = "https://login.example.com", audiences = ["notes-api"] }
}
