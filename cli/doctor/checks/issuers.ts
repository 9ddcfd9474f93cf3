import type { JWK } from "jose";
import { algorithmsFor, fitsAlgorithm } from "../algorithms.ts";
import { type Check, type DoctorFinding, error, given, listed, warning } from "../check.ts";
import type { IssuerReading, State } from "../state.ts";

export const issuers: Check = {
  name: "issuers",
  claim:
    "every trusted issuer serves keys that its tokens can be verified with, and says that it is who it is taken for",
  find: (state) =>
    given(state.issuers, (readings) => [
      ...readings.flatMap((reading) => [
        ...keysOf(reading, state),
        ...discoveryOf(reading).map(({ evidence, ...rest }) => ({
          ...rest,
          evidence: `${reading.issuer.name}: ${evidence}`,
        })),
      ]),
      ...unknownNames(readings, state),
    ]),
};

function keysOf({ issuer, keys }: IssuerReading, { policies }: State): DoctorFinding[] {
  if ("failure" in keys)
    return [error(`${issuer.name}: its keys cannot be had from here: ${keys.failure.why}`, keys.failure.fix)];
  const allowed = algorithmsFor(issuer, policies.issuers.get(issuer.name));
  if (allowed.length === 0)
    return [
      error(
        `${issuer.name}: its preset signs with none of ${listed(issuer.algorithms)}`,
        "algorithms, in Terraform's issuers",
      ),
    ];
  if (keys.value.some((key) => allowed.some((algorithm) => fitsAlgorithm(key, algorithm)))) return [];
  return [
    error(
      `${issuer.name}: none of its keys (${listed([...new Set(keys.value.map(kindOf))])}) fits ${listed(allowed)}`,
      "algorithms, in Terraform's issuers: name what the issuer signs with",
    ),
  ];
}

const kindOf = ({ alg, kty = "", crv }: JWK): string => alg ?? [kty, crv].filter(Boolean).join(" ");

/** Where jwks_uri is given nobody else looks at this. */
function discoveryOf({ issuer, discovery }: IssuerReading): DoctorFinding[] {
  if (discovery === undefined || issuer.jwksUri === undefined) return [];
  if (discovery.issuer !== issuer.url)
    return [
      error(
        `its discovery document names the issuer ${JSON.stringify(discovery.issuer)}, and iss must equal ${JSON.stringify(issuer.url)} to the character`,
        "url, in Terraform's issuers",
      ),
    ];
  if (discovery.jwksUri === issuer.jwksUri) return [];
  return [
    warning(
      `its discovery document has its keys at ${JSON.stringify(discovery.jwksUri)}, and they are taken from ${JSON.stringify(issuer.jwksUri)}`,
      "jwks_uri, in Terraform's issuers: leave it out, and keys are found by discovery",
    ),
  ];
}

function unknownNames(readings: readonly IssuerReading[], { policies }: State): DoctorFinding[] {
  const trusted = new Set<string>(readings.map(({ issuer }) => issuer.name));
  const missing = [...policies.issuers.keys()].filter((name) => !trusted.has(name));
  const unknown = [...trusted].filter((name) => !policies.issuers.has(name));
  return [
    ...missing.map((name) =>
      error(
        `policies/issuers.yaml has ${name}, and the deployed function does not trust it`,
        `issuers.${name}, in the .tfvars`,
      ),
    ),
    ...unknown.map((name) =>
      error(
        `the deployed function trusts ${name}, which policies/issuers.yaml does not have: its tokens get 401`,
        `describe ${name} in policies/issuers.yaml, or take it out of issuers in the .tfvars`,
      ),
    ),
  ];
}
