import type { ClaimPath } from "../../model/items.ts";
import { RESERVED_KEYS } from "../../policy/context.ts";
import type { Problems } from "../source/problem.ts";
import { type Source, withoutSchemaKey } from "../source/source.ts";
import { suggestion } from "../source/suggestion.ts";
import { validate } from "../source/validate.ts";
import { type IssuerDefinition, PRESETS } from "./issuer-presets.ts";
import type { RoleDefinition } from "./role-grants.ts";
import { type IssuerFile, issuersSchema } from "./schemas.ts";

/** The issuer of the local stack, and of a folder that has no `issuers.yaml`. */
export const MAIN_ISSUER: IssuerDefinition = {
  name: "main",
  at: { file: "issuers.yaml", line: 1, column: 1 },
  preset: "generic",
  tenants: "*",
  ...PRESETS.generic("access"),
  roleNames: undefined,
  pass: {},
};

/**
 * Reads `policies/issuers.yaml`; undefined where it has an error, so that nobody is told that an issuer is
 * missing. Tenants are checked by the caller, who knows them.
 */
export function readIssuers(source: Source, problems: Problems): Map<string, IssuerDefinition> | undefined {
  const issuers = validate(issuersSchema, withoutSchemaKey(source), problems);
  if (issuers === undefined) return undefined;
  return new Map(
    Object.entries(issuers).map(([name, file]) => {
      const { unnamed, ...shape } = PRESETS[file.preset](file.token ?? "access");
      const pass = passedClaims(file);
      for (const key of Object.keys(pass))
        if (RESERVED_KEYS.includes(key))
          problems.error(
            source.at([name, "pass"]),
            `issuer ${name}: pass: the context's key "${key}" is taken: give the claim another, as in pass: { my_${key}: ${key} }`,
          );
      if (file.staff === true && file.memberships !== "instead")
        problems.error(
          source.at([name, "staff"]),
          `issuer ${name}: staff needs memberships: instead, for a role that the token itself names would have neither end nor reason`,
        );
      for (const claim of unnamed ?? [])
        if (file.claims?.[claim] === undefined && !(claim === "roles" && file.memberships === "instead"))
          problems.error(
            source.keyAt([name]),
            `issuer ${name}: ${file.preset} has no claim of its own for ${claim}: name yours, as in claims: { ${claim}: https://example.com/${claim} }${claim === "roles" ? ", or take roles from the table by memberships: instead" : ""}`,
          );
      const named = Object.entries(file.claims ?? {}).map(([what, path]) => [
        what,
        asPath(path as string | string[]),
      ]);
      const definition: IssuerDefinition = {
        ...shape,
        name,
        at: source.keyAt([name]),
        preset: file.preset,
        tenants: file.tenants,
        claims: { ...shape.claims, ...Object.fromEntries(named) },
        roleNames:
          file.roles === undefined
            ? undefined
            : Object.fromEntries(Object.entries(file.roles).map(([group, role]) => [group, [role].flat()])),
        pass,
        memberships: file.memberships,
        staff: file.staff,
      };
      return [name, definition];
    }),
  );
}

const asPath = (path: string | readonly string[]): ClaimPath => (typeof path === "string" ? [path] : path);

function passedClaims({ pass }: IssuerFile): Record<string, ClaimPath> {
  if (pass === undefined) return {};
  if (Array.isArray(pass)) return Object.fromEntries(pass.map((name) => [name, [name]]));
  return Object.fromEntries(Object.entries(pass).map(([key, path]) => [key, asPath(path)]));
}

/** Tells group mappings to roles that nobody has: neither shared nor any tenant's own. */
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
            source.at([issuer.name, "roles", group]),
            `issuer ${issuer.name}: group "${group}" names the role "${name}", which nobody has${suggestion(name, [...roles.keys(), ...ownRoles])}`,
          );
}
