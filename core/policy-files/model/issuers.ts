import { BY_DIRECTORY } from "../../model/directory.ts";
import type { ClaimPath } from "../../model/items.ts";
import { RESERVED_KEYS } from "../../policy/context.ts";
import type { Problems } from "../source/problem.ts";
import { type Source, withoutSchemaKey } from "../source/source.ts";
import { suggestion } from "../source/suggestion.ts";
import { validate } from "../source/validate.ts";
import { parseTime } from "./bound-tokens.ts";
import { asLocations, asPath, checkLocations } from "./claim-locations.ts";
import { type IssuerDefinition, PRESETS } from "./issuer-presets.ts";
import { type IssuerFile, issuersSchema } from "./issuer-schemas.ts";
import type { RoleDefinition } from "./role-grants.ts";

/** The issuer of the local stack, and of a policy folder without an `issuers.yaml`. */
export const MAIN_ISSUER: IssuerDefinition = {
  name: "main",
  at: { file: "issuers.yaml", line: 1, column: 1 },
  preset: "generic",
  tenants: "*",
  ...PRESETS.generic(["access"]),
  roleNames: undefined,
  pass: {},
};

/**
 * Reads `policies/issuers.yaml`. Returns undefined if it has an error, so that other files are not checked
 * against it. The issuers' `tenants` are not checked here.
 */
export function readIssuers(source: Source, problems: Problems): Map<string, IssuerDefinition> | undefined {
  const issuers = validate(issuersSchema, withoutSchemaKey(source), problems);
  if (issuers === undefined) return undefined;
  if (Object.keys(issuers).length === 0)
    problems.error(
      "empty-file",
      source.at([]),
      'the file names no issuer, so no token would be accepted: add one, such as main: { preset: generic, tenants: "*" }',
    );
  for (const [name, file] of Object.entries(issuers)) checkIssuer(name, file, source, problems);
  checkUrls(issuers, source, problems);
  return new Map(Object.entries(issuers).map(([name, file]) => [name, toDefinition(name, file, source)]));
}

function checkIssuer(name: string, file: IssuerFile, source: Source, problems: Problems): void {
  for (const key of Object.keys(readForwardedClaims(file)))
    if (RESERVED_KEYS.includes(key))
      problems.error(
        "reserved-context-key",
        source.at([name, "pass"]),
        `issuer ${name}: pass: the context key "${key}" is reserved: use another key, as in pass: { my_${key}: ${key} }`,
      );
  const omittable = [...Object.keys(readForwardedClaims(file)), "roles"];
  for (const [index, key] of (file.may_omit ?? []).entries())
    if (!omittable.includes(key))
      problems.error(
        "unknown-claim",
        source.at([name, "may_omit", index]),
        `issuer ${name}: may_omit: "${key}" is neither a key of pass nor roles${suggestion(key, omittable)}`,
      );
  if (file.staff === true && file.memberships !== "instead")
    problems.error(
      "staff-settings",
      source.at([name, "staff"]),
      `issuer ${name}: staff requires memberships: instead, because a role from the token has neither an end nor a reason`,
    );
  if (file.staff === true && file.subjects !== undefined)
    problems.error(
      "staff-settings",
      source.at([name, "subjects"]),
      `issuer ${name}: staff never owns a tenant's people: remove subjects, and write it in the issuer of the tenant's own people`,
    );
  if (file.staff === true && file.bound_tokens !== undefined)
    problems.error(
      "staff-settings",
      source.at([name, "bound_tokens"]),
      `issuer ${name}: staff cannot have bound_tokens: a stolen token of staff would work in every tenant that it has a role in`,
    );
  checkAdvertised(name, file, source, problems);
  checkTrust(name, file, source, problems);
  checkByDirectory(name, file, source, problems);
  checkLocations(name, file, source, problems);
  checkKinds(name, file, source, problems);
  for (const claim of PRESETS[file.preset](tokenKinds(file)).unnamed ?? [])
    if (file.claims?.[claim] === undefined && !(claim === "roles" && file.memberships === "instead"))
      problems.error(
        "missing-claim",
        source.keyAt([name]),
        `issuer ${name}: ${file.preset} has no standard claim for ${claim}: name yours, as in claims: { ${claim}: https://example.com/${claim} }${claim === "roles" ? ", or read roles from the table with memberships: instead" : ""}`,
      );
}

/** Rejects directories without a URL of Terraform, and for staff, who act in the tenants of others. */
function checkByDirectory(name: string, file: IssuerFile, source: Source, problems: Problems): void {
  if (file.tenants !== BY_DIRECTORY) return;
  const key = file.url !== undefined ? "url" : file.staff === true ? "staff" : undefined;
  if (key !== undefined)
    problems.error(
      "directory-issuer",
      source.at([name, key]),
      key === "url"
        ? `issuer ${name}: url is that of one directory: remove url, and give the issuer a url with a variable in Terraform's issuers`
        : `issuer ${name}: staff act in the tenants of others, but a directory speaks for its own tenant alone: write tenants: "*"`,
    );
}

/** What an authorization server's URL can be (RFC 8414, 2), without signs that templates read. */
const PLAIN_URL = /^https:\/\/[A-Za-z0-9.:_-]+(\/[A-Za-z0-9._~!&()*+,;=:@/-]*)?$/;

/** Rejects an issuer that cannot be in a public document: the document would name tenants, or no login. */
function checkAdvertised(
  name: string,
  { advertised, tenants, url = [] }: IssuerFile,
  source: Source,
  problems: Problems,
): void {
  if (advertised === undefined) return;
  const at = source.keyAt([name, "advertised"]);
  if (tenants !== "*")
    problems.error(
      "advertised-issuer",
      at,
      `issuer ${name}: advertised is public, so it is only possible with tenants: "*": this issuer belongs to certain tenants, and would show everybody that they are customers: remove advertised`,
    );
  for (const one of [url].flat())
    if (!PLAIN_URL.test(one))
      problems.error(
        "advertised-issuer",
        at,
        `issuer ${name}: advertised needs a url of which every client knows the issuer, without a query or variables: remove advertised`,
      );
}

/** Rejects settings of trust that are incomplete, or Terraform's because the issuer has no URL. */
function checkTrust(name: string, file: IssuerFile, source: Source, problems: Problems): void {
  if (file.url === undefined) {
    for (const key of ["jwks_uri", "audiences", "algorithms"] as const)
      if (file[key] !== undefined)
        problems.error(
          "trust-settings",
          source.at([name, key]),
          `issuer ${name}: ${key} is only used with url: without it, Terraform's issuers has URL, keys, audiences and algorithms`,
        );
    return;
  }
  if (file.audiences === undefined && file.audience !== "none")
    problems.error(
      "trust-settings",
      source.at([name, "url"]),
      `issuer ${name}: url requires audiences, the accepted audiences, as in audiences: [https://api.example.com]`,
    );
}

/** Rejects a URL that two issuers have: a token would have two readings. */
function checkUrls(issuers: Readonly<Record<string, IssuerFile>>, source: Source, problems: Problems): void {
  const owners = new Map<string, string>();
  for (const [name, { url = [] }] of Object.entries(issuers))
    for (const one of [url].flat()) {
      const owner = owners.get(one);
      owners.set(one, name);
      if (owner !== undefined)
        problems.error(
          "duplicate-url",
          source.at([name, "url"]),
          owner === name
            ? `issuer ${name}: url has ${one} twice`
            : `issuer ${name}: ${one} is also a url of issuer ${owner}: a URL has one issuer`,
        );
    }
}

const readTrust = ({ url, jwks_uri, audiences, algorithms }: IssuerFile): IssuerDefinition["trust"] =>
  url === undefined
    ? undefined
    : {
        urls: [url].flat(),
        jwksUri: jwks_uri,
        audiences: audiences ?? [],
        algorithms: algorithms ?? ["RS256"],
      };

/** Expands a preset. Keys that have the same name and form in the table's item are taken as they are. */
function toDefinition(name: string, file: IssuerFile, source: Source): IssuerDefinition {
  const [at, tenantsAt] = [source.keyAt([name]), source.keyAt([name, "tenants"])];
  const { preset, claims = {}, roles, bound_tokens, tenants, memberships, staff, subjects } = file;
  const { unnamed: _, ...shape } = PRESETS[preset](tokenKinds(file));
  return {
    ...shape,
    ...(memberships !== undefined && { memberships }),
    ...(file.may_omit !== undefined && { mayOmit: file.may_omit }),
    ...tokenRules(file, shape),
    trust: readTrust(file),
    tenants,
    staff,
    subjects,
    ...(file.advertised === true && { advertisedAt: source.keyAt([name, "advertised"]) }),
    name,
    at,
    tenantsAt,
    preset,
    claims: { ...shape.claims, ...asLocations(claims) },
    roleNames:
      roles === undefined
        ? undefined
        : Object.fromEntries(Object.entries(roles).map(([group, role]) => [group, [role].flat()])),
    pass: readForwardedClaims(file),
    ...readListLimits(file),
    boundTokensUntil: bound_tokens && parseTime(bound_tokens.accept_until),
  };
}

const tokenKinds = ({ token = "access" }: IssuerFile): readonly ("access" | "id")[] => [
  ...new Set([token].flat()),
];

/** Returns the settings that say which tokens are for the API, where the file differs from the preset. */
function tokenRules(
  { audience, clients, typ, token_use }: IssuerFile,
  { kinds }: Pick<IssuerDefinition, "kinds">,
): Partial<IssuerDefinition> {
  const audienceClaims = audience === "none" ? [] : [audience ?? ""];
  return {
    ...(audience !== undefined &&
      (kinds === undefined
        ? { audienceClaims }
        : { kinds: kinds.map((kind) => ({ ...kind, audienceClaims })) })),
    ...(audience === "none" && { noAudience: true as const, clients }),
    ...(typ !== undefined && { types: [typ].flat().map(normalizeType) }),
    ...(token_use !== undefined && { tokenUse: token_use }),
  };
}

const normalizeType = (type: string): string => type.toLowerCase().replace(/^application\//, "");

/** Rejects tokens of several kinds that nothing distinguishes, and tokens without an audience that anyone may have. */
function checkKinds(name: string, file: IssuerFile, source: Source, problems: Problems): void {
  const report = (key: keyof IssuerFile, problem: string): void =>
    problems.error("token-kinds", source.at([name, key]), `issuer ${name}: ${problem}`);
  const { audience, clients, typ, token_use, preset } = file;
  const kinds = tokenKinds(file);
  if (kinds.length > 1) {
    const able = Object.entries(PRESETS).flatMap(([other, shape]) =>
      shape(kinds).kinds === undefined ? [] : [other],
    );
    if (!able.includes(preset))
      report(
        "token",
        `no signed claim of ${preset} distinguishes ID tokens from access tokens: accept one kind, or write two issuers; possible for ${able.join(", ")}`,
      );
    if (audience !== undefined || token_use !== undefined)
      report(
        audience === undefined ? "token_use" : "audience",
        "each of the two kinds in token has its own audience claim and value: remove this key, or accept one kind",
      );
  }
  if (clients !== undefined && audience !== "none")
    report(
      "clients",
      "clients is only used with audience: none: to accept tokens by their client, write audience: client_id and name the clients in Terraform's audiences",
    );
  const isKnown = clients ?? typ ?? token_use ?? PRESETS[preset](kinds).tokenUse;
  if (audience === "none" && isKnown === undefined)
    report(
      "audience",
      "without an audience every token of the issuer would be accepted, whatever it is for: add clients, typ or token_use",
    );
}

function readForwardedClaims({ pass }: IssuerFile): Record<string, ClaimPath> {
  if (pass === undefined) return {};
  if (Array.isArray(pass)) return Object.fromEntries(pass.map((name) => [name, [name]]));
  return Object.fromEntries(
    Object.entries(pass).map(([key, written]) => [
      key,
      asPath(typeof written === "string" || Array.isArray(written) ? written : written.claim),
    ]),
  );
}

/** Returns how long the lists of forwarded claims may be, where the file says so. */
function readListLimits({ pass = [] }: IssuerFile): Pick<IssuerDefinition, "listLimits"> {
  const limits = Object.entries(pass).flatMap(([key, written]) =>
    typeof written === "object" && "at_most" in written ? [[key, written.at_most] as const] : [],
  );
  return limits.length === 0 ? {} : { listLimits: Object.fromEntries(limits) };
}

/** Rejects group mappings to a name that is neither a shared role nor a tenant's own role. */
export function checkRoleNames(
  issuers: ReadonlyMap<string, IssuerDefinition> | undefined,
  source: Source | undefined,
  roles: ReadonlyMap<string, RoleDefinition>,
  ownRoles: ReadonlySet<string>,
  problems: Problems,
): void {
  if (source === undefined) return;
  for (const issuer of issuers?.values() ?? [])
    for (const [group, names] of Object.entries(issuer.roleNames ?? {}))
      for (const name of names)
        if (!roles.has(name) && !ownRoles.has(name))
          problems.error(
            "unknown-role",
            source.at([issuer.name, "roles", group]),
            `issuer ${issuer.name}: group "${group}" maps to role "${name}", but no shared or tenant role has that name${suggestion(name, [...roles.keys(), ...ownRoles])}`,
          );
}
