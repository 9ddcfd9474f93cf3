import {
  type ClaimLocation,
  isPath,
  parseForm,
  TENANT_PLACEHOLDER,
} from "../../core/model/claim-location.ts";
import { isObject } from "../../core/model/is-object.ts";
import type { ClaimPath } from "../../core/model/items.ts";

type Payload = Record<string, unknown>;

/** Writes names at a location, in the shape that its reading reads. Writes nothing if there are none. */
export function writeNames(payload: Payload, location: ClaimLocation, names: readonly string[]): void {
  if (names.length === 0) return;
  if (isPath(location)) put(payload, location, names.length > 1 ? names : names[0]);
  else put(payload, location.path, shapeNames(location, names));
}

function shapeNames(
  { as, member = "" }: Exclude<ClaimLocation, ClaimPath>,
  names: readonly string[],
): unknown {
  switch (as) {
    case "keys":
      return toObject(names.map((name) => [name, {}]));
    case "member":
      return names.map((name) => toObject([[member, name]]));
    case "commas":
      return names.join(",");
    case "spaces":
      return names.join(" ");
    case "json":
      return JSON.stringify(names);
    case "integer":
      return Number(names[0]);
    default:
      return names;
  }
}

/** Role names by tenant; the names under the empty string are those of every tenant. */
export type RolesByTenant = ReadonlyMap<string, readonly string[]>;

/** Writes roles at a location, in the shape that its reading reads. Writes nothing if there are none. */
export function writeRoles(
  payload: Payload,
  location: ClaimLocation,
  roles: RolesByTenant,
  tenants: readonly string[],
): void {
  const everywhere = roles.get("") ?? [];
  const pairs = [...new Set([...tenants, ...roles.keys()])]
    .filter((tenant) => tenant !== "")
    .flatMap((tenant) => [...everywhere, ...(roles.get(tenant) ?? [])].map((role) => ({ tenant, role })));
  const rolesOf = (id: string): string[] =>
    pairs.filter(({ tenant }) => tenant === id).map(({ role }) => role);
  if (roles.size === 0) return;
  if (isPath(location)) {
    const isPerTenant = [...roles.keys()].some((tenant) => tenant !== "");
    put(payload, location, isPerTenant ? toObject([...roles]) : everywhere);
    return;
  }
  const { path, as, form = "" } = location;
  const written = parseForm(form);
  if (as === "tenant_path")
    for (const { tenant } of pairs)
      put(
        payload,
        path.map((name) => (name === TENANT_PLACEHOLDER ? tenant : name)),
        rolesOf(tenant),
      );
  else if (as === "tenant_keys")
    put(
      payload,
      path,
      toObject(
        [...new Set(pairs.map(({ role }) => role))].map((name) => [
          name,
          toObject(pairs.filter(({ role }) => role === name).map(({ tenant }) => [tenant, tenant])),
        ]),
      ),
    );
  else if (as === "tenant_role" && written !== undefined)
    put(
      payload,
      path,
      pairs.map(({ tenant, role }) => `${written.prefix}${tenant}${written.separator}${role}`),
    );
  else writeNames(payload, location, [...roles.values()].flat());
}

/** Sets a value at a path, and creates the objects on the way. */
export function put(payload: Payload, path: ClaimPath, value: unknown): void {
  let object = payload;
  for (const name of path.slice(0, -1)) {
    const own = Object.hasOwn(object, name) ? object[name] : undefined;
    const next = isObject(own) ? own : {};
    setOwn(object, name, next);
    object = next;
  }
  setOwn(object, path.at(-1) as string, value);
}

const toObject = (entries: readonly (readonly [string, unknown])[]): Payload => Object.fromEntries(entries);

/** Sets a property of the object itself, also one that is named as a prototype's: `__proto__` is a claim like others. */
export function setOwn(object: Payload, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
}
