/** An entity of Cedar, by its type and its id. */
export interface EntityUid {
  readonly type: "Role" | "TenantRole" | "Plan" | "Tenant" | "Issuer";
  readonly id: string;
}

export const roleUid = (id: string): EntityUid => ({ type: "Role", id });
/** A role's name has no slash, so that no two roles of tenants have the same id. */
export const tenantRoleUid = (tenant: string, role: string): EntityUid => ({
  type: "TenantRole",
  id: `${tenant}/${role}`,
});
export const planUid = (id: string): EntityUid => ({ type: "Plan", id });
export const tenantUid = (id: string): EntityUid => ({ type: "Tenant", id });
export const issuerUid = (id: string): EntityUid => ({ type: "Issuer", id });

/** What a string of Cedar escapes: its own signs, and characters that nobody sees or that change the order of text. */
const ESCAPED = /["\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Writes a string of Cedar. A lone surrogate, which is no text, becomes U+FFFD. */
export const quote = (text: string): string =>
  `"${text
    .replace(/\p{Cs}/gu, "\ufffd")
    .replace(ESCAPED, (sign) =>
      sign === '"' || sign === "\\" ? `\\${sign}` : `\\u{${sign.codePointAt(0)?.toString(16)}}`,
    )}"`;

export const entity = ({ type, id }: EntityUid): string => `${type}::${quote(id)}`;
export const action = (id: string): string => `Action::${quote(id)}`;
export const list = (items: readonly string[]): string => `[${items.join(", ")}]`;

/** Words of Cedar that cannot be a name after a dot. */
const RESERVED = ["true", "false", "if", "then", "else", "in", "is", "like", "has"];
const isName = (name: string): boolean => /^[A-Za-z][A-Za-z0-9_]*$/.test(name) && !RESERVED.includes(name);

/** Reads an attribute. */
export const attribute = (of: string, name: string): string =>
  isName(name) ? `${of}.${name}` : `${of}[${quote(name)}]`;

/** Writes that an entity or a record has an attribute. */
export const hasAttribute = (of: string, name: string): string =>
  `${of} has ${isName(name) ? name : quote(name)}`;

/** Joins conditions of which all must hold. */
export const allOf = (conditions: readonly string[]): string =>
  conditions.length === 1
    ? (conditions[0] ?? "")
    : conditions.map((one) => (one.includes(" || ") ? `(${one})` : one)).join(" && ");

/** Joins conditions of which one must hold. */
export const anyOf = (conditions: readonly string[]): string =>
  conditions.length === 1
    ? (conditions[0] ?? "")
    : conditions.map((one) => (one.includes(" && ") ? `(${one})` : one)).join(" || ");

/** Writes that a value is one of these. A set without members has no type, so Cedar rejects it. */
export const isOneOf = (value: string, items: readonly string[]): string =>
  items.length === 0 ? "false" : `${list(items)}.contains(${value})`;

/** A policy of Cedar, in parts. Absent parts of the scope match everything. */
export interface CedarPolicy {
  /** The file and the key that say it. */
  readonly id: string;
  readonly effect: "permit" | "forbid";
  readonly principal?: string | undefined;
  /** Ids of actions or action groups. */
  readonly actions?: readonly string[] | undefined;
  readonly resource?: string | undefined;
  readonly when?: readonly string[] | undefined;
  readonly unless?: readonly string[] | undefined;
}

/** Writes policies. An id that several have gets a number. */
export function printPolicies(policies: readonly CedarPolicy[]): string {
  const uses = new Map<string, number>();
  return policies
    .map((policy) => {
      const use = (uses.get(policy.id) ?? 0) + 1;
      uses.set(policy.id, use);
      return printPolicy({ ...policy, id: use === 1 ? policy.id : `${policy.id} (${use})` });
    })
    .join("\n");
}

function printPolicy({ id, effect, principal, actions, resource, when = [], unless = [] }: CedarPolicy) {
  const scope = [
    principal === undefined ? "principal" : `principal ${principal}`,
    actions === undefined ? "action" : `action in ${list(actions.map(action))}`,
    resource === undefined ? "resource" : `resource ${resource}`,
  ];
  const oneLine = `${effect} (${scope.join(", ")})`;
  const head = oneLine.length <= 100 ? oneLine : `${effect} (\n  ${scope.join(",\n  ")}\n)`;
  const clauses = [
    ...when.map((condition) => `when { ${condition} }`),
    ...unless.map((condition) => `unless { ${condition} }`),
  ];
  return `@id(${quote(id)})\n${[head, ...clauses].join("\n")};\n`;
}
