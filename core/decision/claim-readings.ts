import {
  type ClaimLocation,
  type ClaimReading,
  isPath,
  parseForm,
  TENANT_PLACEHOLDER,
} from "../model/claim-location.ts";
import { isObject } from "../model/is-object.ts";
import { parseUnambiguously } from "../model/unambiguous-json.ts";
import { claimAt, isPlainText, namesIn, wordsIn } from "./claims.ts";

type Payload = Readonly<Record<string, unknown>>;

/** A name that contains a tenant and a role. */
interface TenantRole {
  readonly tenant: string;
  readonly role: string;
}

/**
 * Lists the names at a location, without duplicates. A claim of another shape than its reading has none: there is no
 * falling through. For names that contain tenant and role, returns the tenants.
 *
 * @example
 * import { namesAt } from "./claim-readings.ts";
 *
 * namesAt({ organization: { acme: { id: "0c1d" } } }, { path: ["organization"], as: "keys" }); // => ["acme"]
 * namesAt({ tenant: 42 }, { path: ["tenant"], as: "integer" }); // => ["42"]
 * namesAt({ tenant: 42 }, ["tenant"]); // => []
 */
export function namesAt(payload: Payload, location: ClaimLocation): string[] {
  const names = isPath(location) ? namesIn(claimAt(payload, location)) : readNames(payload, location);
  return names.length < 2 ? names : [...new Set(names)];
}

/** Lists the scopes at a location as {@link namesAt} does, but splits a plain string at spaces. */
export const scopesAt = (payload: Payload, location: ClaimLocation): string[] =>
  isPath(location) ? wordsIn(claimAt(payload, location)) : namesAt(payload, location);

function readNames(payload: Payload, reading: ClaimReading): string[] {
  const claim = claimAt(payload, reading.path);
  switch (reading.as) {
    case "keys":
      return keysIn(claim);
    case "member":
      return membersIn(claim, reading.member ?? "");
    case "commas":
      return typeof claim === "string" ? split(withoutBrackets(claim), ",") : [];
    case "spaces":
      return typeof claim === "string" ? split(claim, " ") : [];
    case "json":
      return namesInJson(claim);
    case "integer":
      return isPlainInteger(claim) ? [String(claim)] : [];
    case "tenant_role":
      return tenantRoles(claim, reading).map(({ tenant }) => tenant);
    case "tenant_path":
    case "tenant_keys":
      return [];
  }
}

/** Returns whether the roles at a location belong to one tenant each, so that a token may name several tenants. */
export function areRolesPerTenant(payload: Payload, location: ClaimLocation): boolean {
  if (isPath(location)) return isObject(claimAt(payload, location));
  return location.as === "tenant_path" || location.as === "tenant_keys" || location.as === "tenant_role";
}

/**
 * Lists the role or group names at a location that hold in a tenant. A path may lead to an object with the names of
 * each tenant.
 *
 * @param isSplit whether a plain string is split at spaces
 * @example
 * import { roleNamesAt } from "./claim-readings.ts";
 *
 * const groups = { path: ["groups"], as: "tenant_role", form: "{tenant}:{role}" } as const;
 * roleNamesAt({ groups: ["acme:admin", "globex:viewer"] }, groups, "acme", true); // => ["admin"]
 */
export function roleNamesAt(
  payload: Payload,
  location: ClaimLocation,
  tenant: string,
  isSplit: boolean,
): string[] {
  const plain = (claim: unknown): string[] => (isSplit ? wordsIn(claim) : namesIn(claim));
  if (isPath(location)) {
    const claim = claimAt(payload, location);
    return plain(isObject(claim) ? claimAt(claim, [tenant]) : claim);
  }
  switch (location.as) {
    case "tenant_path":
      return plain(
        claimAt(
          payload,
          location.path.map((name) => (name === TENANT_PLACEHOLDER ? tenant : name)),
        ),
      );
    case "tenant_keys":
      return keysWith(claimAt(payload, location.path), tenant);
    case "tenant_role":
      return tenantRoles(claimAt(payload, location.path), location)
        .filter((pair) => pair.tenant === tenant)
        .map(({ role }) => role);
    default:
      return readNames(payload, location);
  }
}

/** Lists the keys of an object, and of each object of a list. Strings of a list are names as they are. */
function keysIn(claim: unknown): string[] {
  if (isObject(claim)) return Object.keys(claim).filter(isPlainText);
  if (!Array.isArray(claim)) return namesIn(claim);
  const isReadable = claim.every((entry) => typeof entry === "string" || isObject(entry));
  if (!isReadable) return [];
  return claim.flatMap((entry) => (isObject(entry) ? Object.keys(entry) : [entry])).filter(isPlainText);
}

/** Lists one member of each object of a list. An object without the member makes the whole claim unreadable. */
function membersIn(claim: unknown, member: string): string[] {
  if (!Array.isArray(claim)) return [];
  return namesIn(claim.map((entry) => (isObject(entry) ? claimAt(entry, [member]) : undefined)));
}

/** Lists the keys of an object whose value is an object that has the tenant as a key. */
function keysWith(claim: unknown, tenant: string): string[] {
  if (!isObject(claim)) return [];
  return Object.entries(claim)
    .filter(([key, tenants]) => isPlainText(key) && isObject(tenants) && Object.hasOwn(tenants, tenant))
    .map(([key]) => key);
}

const split = (text: string, separator: string): string[] =>
  text
    .split(separator)
    .map((name) => name.trim())
    .filter(isPlainText);

const withoutBrackets = (text: string): string =>
  text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;

function namesInJson(claim: unknown): string[] {
  if (typeof claim !== "string") return [];
  try {
    return namesIn(parseUnambiguously(claim));
  } catch {
    return [];
  }
}

/** Returns whether a claim is an integer that has exactly one decimal string. */
const isPlainInteger = (claim: unknown): claim is number =>
  Number.isSafeInteger(claim) && !Object.is(claim, -0);

/** Splits names into tenant and role. A name in which the separator occurs twice is not clear, and is ignored. */
function tenantRoles(claim: unknown, { form: written = "" }: ClaimReading): TenantRole[] {
  const form = parseForm(written);
  if (form === undefined) return [];
  const { prefix, separator } = form;
  return namesIn(claim).flatMap((name) => {
    if (!name.startsWith(prefix)) return [];
    const pair = name.slice(prefix.length);
    const at = pair.indexOf(separator);
    if (at < 0 || at !== pair.lastIndexOf(separator)) return [];
    const [tenant, role] = [pair.slice(0, at), pair.slice(at + separator.length)];
    return isPlainText(tenant) && isPlainText(role) ? [{ tenant, role }] : [];
  });
}
