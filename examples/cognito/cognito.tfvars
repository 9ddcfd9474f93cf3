environment        = "cognito"
policies_directory = "examples/cognito/policies"

# The pool, its client, a group for each role, and the trust in its tokens.
identity = {
  # A pool to try things out with: `npx portcullis login` works, and it can be deleted.
  password_login      = true
  deletion_protection = false
}

permissions = { deletion_protection = false }
