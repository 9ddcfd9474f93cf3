# Certificate and record of a custom domain, planned without AWS.

mock_provider "aws" {
  override_during = plan

  mock_resource "aws_acm_certificate" {
    defaults = {
      arn                       = "arn:aws:acm:eu-central-1:111122223333:certificate/made"
      domain_validation_options = [{ domain_name = "api.example.com", resource_record_name = "_a.api.example.com.", resource_record_type = "CNAME", resource_record_value = "_b.acm-validations.aws." }]
    }
  }

  mock_resource "aws_route53_record" {
    defaults = { fqdn = "_a.api.example.com" }
  }
}

variables {
  target = { name = "d-1.execute-api.eu-central-1.amazonaws.com", zone_id = "Z1" }
}

run "creates_nothing_for_a_domain_with_a_certificate_and_a_record_of_its_own" {
  command = plan

  module {
    source = "./modules/domain"
  }

  variables {
    domain = { name = "api.example.com", certificate_arn = "arn:aws:acm:eu-central-1:111122223333:certificate/own" }
  }

  assert {
    condition     = output.certificate_arn == "arn:aws:acm:eu-central-1:111122223333:certificate/own" && length(aws_acm_certificate.this) == 0 && length(aws_route53_record.this) == 0 && length(aws_route53_record.validation) == 0
    error_message = "There is neither a certificate nor a record."
  }
}

run "creates_the_record_in_a_zone" {
  command = plan

  module {
    source = "./modules/domain"
  }

  variables {
    domain = { name = "api.example.com", certificate_arn = "arn:aws:acm:eu-central-1:111122223333:certificate/own", zone_id = "ZOWN" }
  }

  assert {
    condition     = aws_route53_record.this[0].zone_id == "ZOWN" && aws_route53_record.this[0].name == "api.example.com" && aws_route53_record.this[0].type == "A" && one(aws_route53_record.this[0].alias).name == "d-1.execute-api.eu-central-1.amazonaws.com" && one(aws_route53_record.this[0].alias).zone_id == "Z1"
    error_message = "The record is an alias of API Gateway's host."
  }

  assert {
    condition     = length(aws_acm_certificate.this) == 0
    error_message = "The certificate is the given one."
  }
}

run "creates_and_validates_a_certificate" {
  command = plan

  module {
    source = "./modules/domain"
  }

  variables {
    domain = { name = "api.example.com", zone_id = "ZOWN" }
  }

  assert {
    condition     = aws_acm_certificate.this[0].domain_name == "api.example.com" && aws_acm_certificate.this[0].validation_method == "DNS" && output.certificate_arn == "arn:aws:acm:eu-central-1:111122223333:certificate/made"
    error_message = "The certificate is validated by DNS."
  }

  assert {
    condition     = aws_route53_record.validation[0].name == "_a.api.example.com." && aws_route53_record.validation[0].type == "CNAME" && aws_route53_record.validation[0].records == toset(["_b.acm-validations.aws."]) && aws_route53_record.validation[0].zone_id == "ZOWN"
    error_message = "The record is the one that ACM asks for."
  }

  assert {
    condition     = aws_acm_certificate_validation.this[0].certificate_arn == aws_acm_certificate.this[0].arn
    error_message = "Terraform waits until the certificate is issued."
  }
}

run "rejects_a_domain_without_a_certificate_and_a_zone" {
  command = plan

  module {
    source = "./modules/domain"
  }

  variables {
    domain = { name = "api.example.com" }
  }

  expect_failures = [var.domain]
}

run "rejects_a_tls_policy_that_the_provider_cannot_set" {
  command = plan

  module {
    source = "./modules/domain"
  }

  variables {
    domain = { name = "api.example.com", zone_id = "ZOWN", security_policy = "SecurityPolicy_TLS13_1_3_2025_09" }
  }

  expect_failures = [var.domain]
}
