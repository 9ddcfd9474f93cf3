environment = "dev"

# url: as `iss` has it, with the slash at the end; with a custom domain, that domain. audiences: the API's identifier.
issuers = {
  auth0 = { url = "https://your-tenant.eu.auth0.com/", audiences = ["https://api.notes.example"] }
}
