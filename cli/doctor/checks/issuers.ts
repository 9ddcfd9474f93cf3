import type { JWK } from "jose";
import { boundTokenLines } from "../../../core/policy-files/model/bound-tokens.ts";
import type { IssuerDefinition } from "../../../core/policy-files/model/issuer-presets.ts";
import type { IssuerConfig } from "../../../runtime/jwt/issuer-config.ts";
import { listedAs } from "../../../runtime/jwt/issuer-hosts.ts";
import { isTemplate } from "../../../runtime/jwt/issuer-template.ts";
import { issuersInTable, issuersOutsideTable } from "../../table/issuers-in-table.ts";
import {
  type Check,
  type DoctorFinding,
  error,
  examineRead,
  joinNames,
  note,
  unchecked,
  warning,
} from "../check.ts";
import type { IssuerReading, State } from "../state.ts";

export const issuers: Check = {
  name: "issuers",
  claim:
    "every trusted issuer serves keys that can verify its tokens, and a discovery document that names the issuer",
  find: (state) =>
    examineRead(state.issuers, (readings) => [
      ...readings.flatMap((reading) => [
        ...checkKeys(reading, state),
        ...checkDiscovery(reading).map(({ evidence, ...rest }) => ({
          ...rest,
          evidence: `${labelOf(reading)}: ${evidence}`,
        })),
      ]),
      ...unknownNames(readings, state),
      ...tableNotes(readings, state),
      ...boundTokenLines(state.policies.issuers.values()).map(note),
    ]),
};

const labelOf = ({ issuer: { name, url }, isInTable }: IssuerReading): string =>
  isInTable ? `${name} (${url})` : name;

function checkKeys(reading: IssuerReading, { policies }: State): DoctorFinding[] {
  const { issuer, keys } = reading;
  const label = labelOf(reading);
  if ("failure" in keys)
    return [error(`${label}: its keys cannot be fetched from here: ${keys.failure.why}`, keys.failure.fix)];
  const allowed = algorithmsFor(issuer, policies.issuers.get(issuer.name));
  if (allowed.length === 0)
    return [
      error(
        `${label}: its preset uses none of the algorithms ${joinNames(issuer.algorithms)}`,
        "correct algorithms in Terraform's issuers",
      ),
    ];
  if (keys.value.some((key) => allowed.some((algorithm) => fitsAlgorithm(key, algorithm)))) return [];
  return [
    error(
      `${label}: none of its keys (${joinNames([...new Set(keys.value.map(describeKey))])}) fits ${joinNames(allowed)}`,
      "set algorithms in Terraform's issuers to those that the issuer signs with",
    ),
  ];
}

const describeKey = ({ alg, kty = "", crv }: JWK): string => alg ?? [kty, crv].filter(Boolean).join(" ");

/** With a jwks_uri the authorizer does not read the discovery document, so only this check compares it. */
function checkDiscovery({ issuer, discovery }: IssuerReading): DoctorFinding[] {
  if (issuer.jwksUri === undefined) return [];
  if (discovery === undefined)
    return [unchecked("no discovery document was read, so url and jwks_uri could not be compared with it")];
  if (discovery.issuer !== issuer.url)
    return [
      error(
        `its discovery document names the issuer ${JSON.stringify(discovery.issuer)}, but the claim iss must be exactly ${JSON.stringify(issuer.url)}`,
        "correct url in Terraform's issuers",
      ),
    ];
  if (discovery.jwksUri === issuer.jwksUri) return [];
  return [
    warning(
      `its discovery document has the jwks_uri ${JSON.stringify(discovery.jwksUri)}, but the keys are fetched from ${JSON.stringify(issuer.jwksUri)}`,
      "remove jwks_uri from Terraform's issuers, so that the keys are found by discovery",
    ),
  ];
}

function unknownNames(readings: readonly IssuerReading[], { policies, config }: State): DoctorFinding[] {
  const { issuers, issuerHosts } = "value" in config ? config.value.trust : NOTHING_TRUSTED;
  const templates = issuers.filter(({ url }) => isTemplate(url));
  const outside = readings.filter(({ isInTable }) => !isInTable).map(({ issuer }) => issuer);
  const trusted = new Set<string>([...outside, ...templates].map(({ name }) => name));
  const missing = [...policies.issuers.values()].flatMap(({ name, trust }) =>
    trusted.has(name) || trust !== undefined ? [] : [name],
  );
  const unlisted = [...policies.issuers.values()].flatMap(({ name, trust }) =>
    (trust?.urls ?? []).flatMap((url) => (listedAs(url, issuerHosts) === undefined ? [[name, url]] : [])),
  );
  const unknown = [...trusted].filter((name) => !policies.issuers.has(name));
  return [
    ...unlisted.map(([name, url]) =>
      error(
        `${name}: the host of ${url} is not in issuer_hosts, so the deployed function does not trust it`,
        "add the host to issuer_hosts in the .tfvars",
      ),
    ),
    ...missing.map((name) =>
      error(
        `policies/issuers.yaml has ${name}, but the deployed function does not trust it`,
        `add issuers.${name} to the .tfvars`,
      ),
    ),
    ...unknown.map((name) =>
      error(
        `the deployed function trusts ${name}, which policies/issuers.yaml does not have: its tokens get 401`,
        `add ${name} to policies/issuers.yaml, or remove it from issuers in the .tfvars`,
      ),
    ),
  ];
}

const NOTHING_TRUSTED = { issuers: [], issuerHosts: [] };

/** Reports items that cannot be read, which issuers of the table were not checked, and which issuers have no directory. */
function tableNotes(readings: readonly IssuerReading[], { table, config }: State): DoctorFinding[] {
  if (!("value" in table && "value" in config)) return [];
  const { trust } = config.value;
  const { issuers: inTable, unreadable } = issuersInTable(table.value.content, trust);
  const checked = readings.filter(({ isInTable }) => isInTable).length;
  const outside = issuersOutsideTable(trust);
  const empty = trust.issuers.filter(
    (issuer) => !outside.includes(issuer) && !inTable.some(({ name }) => name === issuer.name),
  );
  return [
    ...unreadable.map(({ why }) =>
      error(
        `${why}; until then the issuer's tokens get a 500`,
        "publish or deploy the policy files with one version of Portcullis, that of the function",
      ),
    ),
    ...(checked < inTable.length
      ? [note(`the keys of ${checked} of ${inTable.length} issuers of the table were fetched`)]
      : []),
    ...empty.map(({ name }) => note(`${name}: no tenant of the table lists a directory`)),
  ];
}

/** Returns the algorithms that an issuer's tokens may have: those of Terraform's list that its preset uses too. */
const algorithmsFor = (
  { algorithms }: IssuerConfig,
  definition: Pick<IssuerDefinition, "algorithms"> | undefined,
): readonly string[] =>
  algorithms.filter((name) => definition?.algorithms === undefined || definition.algorithms.includes(name));

/** RFC 7518, section 3.4: each ECDSA algorithm has exactly one curve. */
const CURVES: Readonly<Record<string, string>> = { ES256: "P-256", ES384: "P-384", ES512: "P-521" };

/** Returns whether a key can verify signatures of an algorithm. */
function fitsAlgorithm({ kty, crv, alg }: JWK, algorithm: string): boolean {
  if (alg !== undefined && alg !== algorithm) return false;
  if (/^[RP]S/.test(algorithm)) return kty === "RSA";
  if (algorithm === "EdDSA") return kty === "OKP" && crv === "Ed25519";
  return kty === "EC" && crv === CURVES[algorithm];
}
