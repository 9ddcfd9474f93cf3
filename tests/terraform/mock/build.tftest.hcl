# What the module reads from a build, and which builds it rejects. Fixtures replace builds.

variables {
  directory          = "tests/terraform/mock/fixtures/builds/fresh"
  policies_directory = "tests/terraform/mock/fixtures/policies"
  environment        = "dev"
}

run "returns_what_the_manifest_describes" {
  command = plan

  module {
    source = "./modules/build"
  }

  assert {
    condition     = output.artefacts.mode == "token" && output.artefacts.layout == "0123456789ab" && output.artefacts.stage_variables == tomap({ portcullis_g1 = "g1-0123456789ab" })
    error_message = "The build's own mode is used, with its layout and stage variables."
  }

  assert {
    condition     = jsondecode(output.artefacts.definition).info.title == "token" && keys(output.artefacts.items) == ["CATALOGUE/ISSUER#main", "TENANT#acme/TENANT"] && output.artefacts.issuers == tolist(["main"])
    error_message = "Definition and permissions are those of the mode and the environment."
  }

  assert {
    condition     = output.artefacts.digest == filesha256("tests/terraform/mock/fixtures/builds/fresh/manifest.json")
    error_message = "The digest is that of the manifest."
  }

  assert {
    condition     = output.artefacts.backends == tomap({ docs = "lambda" }) && output.artefacts.open_methods.resources == tolist(["GET/health"]) && length(output.artefacts.open_methods.conflicts) == 0
    error_message = "The output has backends and methods without an authorizer."
  }
}

run "uses_the_configured_mode" {
  command = plan

  module {
    source = "./modules/build"
  }

  variables {
    caching_mode = "route"
  }

  assert {
    condition     = output.artefacts.mode == "route" && output.artefacts.layout == "ba9876543210" && output.artefacts.stage_variables == tomap({ portcullis_all = "all-ba9876543210" }) && jsondecode(output.artefacts.definition).info.title == "route"
    error_message = "Layout, stage variables and definition are those of the mode."
  }
}

run "has_one_definition_for_all_modes_of_an_http_api" {
  command = plan

  module {
    source = "./modules/build"
  }

  variables {
    directory    = "tests/terraform/mock/fixtures/builds/http"
    front        = "http-simple"
    caching_mode = "off"
  }

  assert {
    condition     = output.artefacts.mode == "off" && output.artefacts.layout == "abcdef012345" && output.artefacts.stage_variables == tomap({ portcullis_all = "all-abcdef012345" }) && jsondecode(output.artefacts.definition).info.title == "http"
    error_message = "Layout and stage variables are those of the mode, and the definition is the same in all modes."
  }

  assert {
    condition     = output.artefacts.access == "/access"
    error_message = "The path of the access route is that of the manifest."
  }
}

run "rejects_a_build_of_a_rest_api_for_an_http_api" {
  command = plan

  module {
    source = "./modules/build"
  }

  variables {
    front = "http-simple"
  }

  expect_failures = [output.artefacts]
}

run "rejects_a_build_for_another_response_format" {
  command = plan

  module {
    source = "./modules/build"
  }

  variables {
    directory = "tests/terraform/mock/fixtures/builds/http"
    front     = "http-iam"
  }

  expect_failures = [output.artefacts]
}

run "rejects_a_build_for_another_authorizer" {
  command = plan

  module {
    source = "./modules/build"
  }

  variables {
    front = "rest-token"
  }

  expect_failures = [output.artefacts]
}

run "rejects_an_invalid_front" {
  command = plan

  module {
    source = "./modules/build"
  }

  variables {
    front = "soap"
  }

  expect_failures = [var.front]
}

run "rejects_a_missing_build" {
  command = plan

  module {
    source = "./modules/build"
  }

  variables {
    directory = "tests/terraform/mock/fixtures/builds/none"
  }

  expect_failures = [output.artefacts]
}

run "rejects_a_stale_build" {
  command = plan

  module {
    source = "./modules/build"
  }

  variables {
    directory = "tests/terraform/mock/fixtures/builds/stale"
  }

  expect_failures = [output.artefacts]
}

run "rejects_a_build_that_differs_from_its_manifest" {
  command = plan

  module {
    source = "./modules/build"
  }

  variables {
    directory = "tests/terraform/mock/fixtures/builds/tampered"
  }

  expect_failures = [output.artefacts]
}

run "rejects_a_build_of_another_version" {
  command = plan

  module {
    source = "./modules/build"
  }

  variables {
    directory = "tests/terraform/mock/fixtures/builds/later"
  }

  expect_failures = [output.artefacts]
}

run "rejects_an_environment_that_the_build_does_not_have" {
  command = plan

  module {
    source = "./modules/build"
  }

  variables {
    environment = "prod"
  }

  expect_failures = [output.artefacts]
}

run "rejects_a_mode_that_the_build_does_not_have" {
  command = plan

  module {
    source = "./modules/build"
  }

  variables {
    caching_mode = "off"
  }

  expect_failures = [output.artefacts]
}

run "rejects_an_invalid_mode" {
  command = plan

  module {
    source = "./modules/build"
  }

  variables {
    caching_mode = "always"
  }

  expect_failures = [var.caching_mode]
}

run "rejects_an_empty_directory" {
  command = plan

  module {
    source = "./modules/build"
  }

  variables {
    directory = ""
  }

  expect_failures = [var.directory]
}

run "rejects_an_invalid_environment" {
  command = plan

  module {
    source = "./modules/build"
  }

  variables {
    environment = ""
  }

  expect_failures = [var.environment]
}

run "rejects_policies_without_api" {
  command = plan

  module {
    source = "./modules/build"
  }

  variables {
    policies_directory = "tests/terraform/mock/fixtures/builds"
  }

  expect_failures = [var.policies_directory]
}
