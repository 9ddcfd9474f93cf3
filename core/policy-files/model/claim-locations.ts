import {
  type ClaimLocation,
  parseForm,
  type SubjectLocation,
  TENANT_PLACEHOLDER,
} from "../../model/claim-location.ts";
import type { ClaimPath } from "../../model/items.ts";
import type { Problems } from "../source/problem.ts";
import type { Source } from "../source/source.ts";
import type { ClaimsFile } from "./claim-schemas.ts";
import type { IssuerFile } from "./issuer-schemas.ts";

type WrittenLocation = Exclude<NonNullable<ClaimsFile["tenant" | "roles" | "scopes"]>, string | string[]>;

export const asPath = (path: string | readonly string[]): ClaimPath =>
  typeof path === "string" ? [path] : path;

const isWrittenPath = (location: unknown): location is string | readonly string[] =>
  typeof location === "string" || Array.isArray(location);

/** Converts the file's locations to those of the item. */
export function asLocations({ tenant, roles, scopes, subject }: ClaimsFile): {
  tenant?: ClaimLocation;
  roles?: ClaimLocation;
  scopes?: ClaimLocation;
  subject?: SubjectLocation;
} {
  return {
    ...(tenant !== undefined && { tenant: asLocation(tenant) }),
    ...(roles !== undefined && { roles: asLocation(roles) }),
    ...(scopes !== undefined && { scopes: asLocation(scopes) }),
    ...(subject !== undefined && { subject: asSubject(subject) }),
  };
}

function asLocation(location: string | string[] | WrittenLocation): ClaimLocation {
  if (isWrittenPath(location)) return asPath(location);
  const { claim, as, member, ...rest } = location;
  const form = "form" in rest ? rest.form : undefined;
  return {
    path: asPath(claim),
    as,
    ...(member !== undefined && { member }),
    ...(form !== undefined && { form }),
  };
}

function asSubject(location: NonNullable<ClaimsFile["subject"]>): SubjectLocation {
  if (isWrittenPath(location)) return asPath(location);
  const { claim = "sub", as = "integer", first = [] } = location;
  const [one, ...others] = first;
  return one === undefined ? { path: asPath(claim), as } : { first: [one, ...others] };
}

/** Rejects readings that lack what they need, or have what they do not use. */
export function checkLocations(name: string, file: IssuerFile, source: Source, problems: Problems): void {
  for (const what of ["tenant", "roles", "scopes"] as const) {
    const location = file.claims?.[what];
    if (location === undefined || isWrittenPath(location)) continue;
    for (const [key, problem] of locationProblems(location, file))
      problems.error(
        "claim-reading",
        source.at([name, "claims", what, ...(key === undefined ? [] : [key])]),
        `issuer ${name}: claims.${what}: ${problem}`,
      );
  }
  const subject = file.claims?.subject;
  if (subject === undefined || isWrittenPath(subject)) return;
  const isFirst = subject.first !== undefined && subject.claim === undefined && subject.as === undefined;
  const isReading = subject.first === undefined && subject.claim !== undefined && subject.as !== undefined;
  if (!isFirst && !isReading)
    problems.error(
      "claim-reading",
      source.at([name, "claims", "subject"]),
      `issuer ${name}: claims.subject: write a claim's name, { first: [sub, client_id] }, or { claim: sub, as: integer }`,
    );
}

type LocationProblem = readonly [key: string | undefined, problem: string];

function locationProblems(location: WrittenLocation, file: IssuerFile): LocationProblem[] {
  const { claim, as, member } = location;
  const form = "form" in location ? location.form : undefined;
  const writtenBy = "written_by" in location ? location.written_by : undefined;
  const isTenantRole = as === "tenant_role";
  const problems: LocationProblem[] = [];
  if (as === "member" && member === undefined)
    problems.push([undefined, "as: member needs the member that is the name, as in member: key"]);
  if (as !== "member" && member !== undefined)
    problems.push(["member", `member is only used with as: member, not with as: ${as}`]);
  if (isTenantRole && parseForm(form ?? "") === undefined)
    problems.push([
      form === undefined ? undefined : "form",
      'as: tenant_role needs the form of its names, with a separator between tenant and role, as in form: "{tenant}:{role}"',
    ]);
  if (!isTenantRole && form !== undefined)
    problems.push(["form", `form is only used with as: tenant_role, not with as: ${as}`]);
  if (!isTenantRole && writtenBy !== undefined)
    problems.push(["written_by", `written_by is only used with as: tenant_role, not with as: ${as}`]);
  if (isTenantRole && writtenBy === undefined && !Array.isArray(file.tenants))
    problems.push([
      undefined,
      "the issuer covers every tenant, so who can create a group can give a role in any tenant: list the issuer's tenants, or write written_by: operator if only you create groups",
    ]);
  if (as === "tenant_path" && !isTenantPath(asPath(claim)))
    problems.push([
      "claim",
      `as: tenant_path needs a path with "${TENANT_PLACEHOLDER}" once, and not at its start, as in claim: [tenants, "${TENANT_PLACEHOLDER}", roles]`,
    ]);
  return problems;
}

const isTenantPath = ([first, ...others]: ClaimPath): boolean =>
  first !== TENANT_PLACEHOLDER && others.filter((name) => name === TENANT_PLACEHOLDER).length === 1;
