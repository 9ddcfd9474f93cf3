environment        = "cognito"
policies_directory = "examples/cognito/policies"

# Creates the pool, its client and a group for each role, and trusts the pool's tokens.
identity = {
  # A pool for experiments: `npx portcullis login` works, and the pool can be deleted.
  password_login      = true
  deletion_protection = false

  # A program that signs in with a secret of its own. The prefix must be free in the region.
  # domain   = { prefix = "quill-notes", callback_urls = ["https://app.example.com"] }
  # machines = { reports = { scopes = ["notes/read"] } }
}

permissions = { deletion_protection = false }
