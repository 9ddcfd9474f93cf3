environment = "dev"

# url: the `iss` claim, with the slash at its end; with a custom domain, that domain. audiences: the API's identifier.
issuers = {
  auth0 = { url = "https://your-tenant.eu.auth0.com/", audiences = ["https://api.notes.example"] }
}
