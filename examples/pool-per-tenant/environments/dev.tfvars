environment = "dev"
region      = "eu-central-1"
