import type { Api, Operation } from "./operation.ts";
import type { PolicySet } from "./policy-set.ts";

/**
 * The part of a policy set that decisions and explanations need: without the API's document and the policy tests.
 */
export interface Rules extends Omit<PolicySet, "api" | "policyTests"> {
  readonly api: Pick<Api, "operations" | "tenantSelector">;
}

declare const packed: unique symbol;

/** {@link Rules} as plain JSON data, which only {@link unpackRules} reads. */
export interface PackedRules {
  readonly [packed]: true;
}

/**
 * Keys that mark a map and an operation, which JSON does not have. The data's own keys that start with `$` get
 * one more `$`.
 */
const MAP = "$map";
const OPERATION = "$operation";

/**
 * Prepares rules for `JSON.stringify`: writes maps as lists, and operations, which many entries name, as their
 * index in the API.
 */
export function packRules({ environment, api, roles, plans, issuers, tenants }: Rules): PackedRules {
  const indexes = new Map(api.operations.map((operation, index) => [operation as unknown, index]));
  const pack = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    const index = indexes.get(value);
    if (index !== undefined) return { [OPERATION]: index };
    if (value instanceof Map) return { [MAP]: [...value].map(pack) };
    if (Array.isArray(value)) return value.map(pack);
    const present = Object.entries(value).filter(([, inner]) => inner !== undefined);
    return Object.fromEntries(
      present.map(([key, inner]) => [key.startsWith("$") ? `$${key}` : key, pack(inner)]),
    );
  };
  const { operations, tenantSelector } = api;
  return {
    operations,
    ...(pack({ environment, tenantSelector, roles, plans, issuers, tenants }) as object),
  } as unknown as PackedRules;
}

/** Restores the rules that {@link packRules} wrote, from parsed JSON. */
export function unpackRules(data: PackedRules): Rules {
  const { operations, ...others } = data as unknown as { readonly operations: readonly Operation[] };
  const unpack = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map(unpack);
    const members = Object.entries(value);
    const [[key, inner] = ["", undefined]] = members;
    if (key === OPERATION) return operations[inner as number];
    if (key === MAP) return new Map(unpack(inner) as [unknown, unknown][]);
    return Object.fromEntries(
      members.map(([name, one]) => [name.startsWith("$") ? name.slice(1) : name, unpack(one)]),
    );
  };
  const { tenantSelector, ...rules } = unpack(others) as Omit<Rules, "api"> & Rules["api"];
  return { ...rules, api: { operations, tenantSelector } };
}
