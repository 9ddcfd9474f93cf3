import type { Binding } from "../../model/grant.ts";
import type { IssuerDefinition } from "../model/issuer-presets.ts";
import { allOf, anyOf, attribute, entity, hasAttribute, isOneOf, tenantUid } from "./cedar-text.ts";

export const CALLER = "context.caller";
export const ISSUER = `${CALLER}.issuer`;

export const hasTenant = (tenants: readonly string[]): string =>
  isOneOf(
    "resource",
    tenants.map((id) => entity(tenantUid(id))),
  );

/** Writes that the parameters of a binding equal the caller's values; empty for none. */
export const bindingHolds = (binding: Binding, issuers: Iterable<IssuerDefinition>): string[] => {
  const owned = ownsSubject([...issuers]);
  return Object.keys(binding)
    .sort()
    .flatMap((parameter) =>
      (binding[parameter] ?? []).map((source) => valueEquals(parameter, source, owned)),
    );
};

function valueEquals(parameter: string, source: string, owned: readonly string[]): string {
  const value = attribute("context.params", parameter);
  if (source === "tenant") return allOf([hasAttribute("resource", "id"), `${value} == resource.id`]);
  if (source === "subject")
    return allOf([hasAttribute(CALLER, "subject"), `${value} == ${CALLER}.subject`, ...owned]);
  const [claims, name] = [`${CALLER}.claims`, source.slice("claim.".length)];
  return allOf([hasAttribute(claims, name), `${attribute(claims, name)}.contains(${value})`]);
}

/**
 * Writes that the subjects of the caller's issuer are the tenant's people: never for staff, and for an issuer next to an
 * owner only where the tenant accepts no other issuer. Empty if all issuers' subjects are.
 */
function ownsSubject(issuers: readonly IssuerDefinition[]): string[] {
  const owners = issuers.filter(({ subjects }) => subjects === "own");
  const staff = issuers.some((issuer) => issuer.staff === true) ? [`!${ISSUER}.staff`] : [];
  if (owners.length === 0) return staff.length === 0 ? [] : [hasAttribute(ISSUER, "staff"), ...staff];
  const owned = owners.flatMap(({ tenants }) => (typeof tenants === "string" ? [] : tenants));
  const everywhere = owners.some(({ tenants }) => typeof tenants === "string");
  return [
    hasAttribute(ISSUER, "ownsSubjects"),
    ...staff,
    anyOf([
      `${ISSUER}.ownsSubjects`,
      allOf([hasAttribute("resource", "issuers"), `resource.issuers == [${ISSUER}]`]),
      ...(everywhere ? [] : [`!(${hasTenant([...new Set(owned)])})`]),
    ]),
  ];
}
