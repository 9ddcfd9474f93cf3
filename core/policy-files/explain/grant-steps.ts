import type { FindingOf } from "../../decision/finding.ts";
import { conjoin, printGrant } from "../../model/grant.ts";
import type { RouteKey } from "../../model/ids.ts";
import type { Operation } from "../model/operation.ts";
import { type Entry, lineage, type RoleDefinition } from "../model/role-grants.ts";
import type { Rules } from "../model/rules-json.ts";
import type { TenantDefinition } from "../model/tenant-grants.ts";
import type { Edit, ExplanationStep } from "./step.ts";

/** The lines about a role and a route in the policy files. */
interface RoleLines {
  readonly role: RoleDefinition;
  /** The role and all roles that it extends. */
  readonly ancestors: readonly RoleDefinition[];
  readonly tenant: TenantDefinition | undefined;
}

/** Returns the steps of what a role says about a route: the lines that allow it, or those that take it away. */
export function grantSteps(
  rules: Rules,
  finding: FindingOf<"role_grants">,
): readonly Omit<ExplanationStep, "effect">[] {
  const lines = findLines(rules, finding);
  if (lines === undefined) return [{ text: withoutLines(finding), at: undefined }];
  if (finding.verdict === "grants") return allowSteps(lines, finding.route);
  const taken = finding.verdict === "changed" ? [] : exceptSteps(lines, finding.route);
  const steps = [...taken, ...changeSteps(rules, lines, finding.route), ...neverSteps(lines, finding.route)];
  return steps.length > 0 ? steps : [notAllowed(rules, lines, finding.route)];
}

/** Returns the entries of a caller's roles that allow a route under a binding. */
export function entriesWith(
  rules: Rules,
  findings: readonly FindingOf<"role_grants">[],
  route: RouteKey,
  grant: string,
): Entry[] {
  const bind = findOperation(rules, route)?.bind ?? {};
  return findings.flatMap((finding) =>
    (findLines(rules, finding)?.ancestors ?? []).flatMap(({ allow }) =>
      allow.filter(
        (entry) =>
          reaches(entry, route) && printGrant({ route, binding: conjoin(bind, entry.where) }) === grant,
      ),
    ),
  );
}

export const findOperation = ({ api }: Rules, route: RouteKey): Operation | undefined =>
  api.operations.find((operation) => operation.route.key === route);

export const reaches = (entry: Entry, route: RouteKey): boolean =>
  entry.operations.some((operation) => operation.route.key === route);

/** Returns what to write in a list of selectors so that it reaches a route. */
export function selectorOf(rules: Rules, route: RouteKey): string {
  const permission = findOperation(rules, route)?.permission;
  return `\`${permission ?? route}\``;
}

function findLines(
  rules: Rules,
  { tenant: id, role: name }: FindingOf<"role_grants">,
): RoleLines | undefined {
  const tenant = rules.tenants.get(id);
  const role = tenant?.roles.get(name) ?? rules.roles.get(name);
  if (role === undefined) return undefined;
  const all = tenant === undefined ? rules.roles : new Map([...rules.roles, ...tenant.roles]);
  return { role, ancestors: lineage(role, all), tenant };
}

const withoutLines = ({ role, route, verdict, tenant }: FindingOf<"role_grants">): string =>
  ({
    grants: `role ${role} allows ${route}`,
    not_granted: `role ${role} does not allow ${route}`,
    changed: `${tenant} takes ${route} from the role ${role}`,
  })[verdict];

const inherited = ({ role }: RoleLines, ancestor: RoleDefinition): string =>
  ancestor === role ? "" : `, inherited from ${ancestor.name}`;

const allowSteps = (lines: RoleLines, route: RouteKey): Omit<ExplanationStep, "effect">[] =>
  lines.ancestors.flatMap((ancestor) =>
    ancestor.allow
      .filter((entry) => reaches(entry, route))
      .map(({ text, at }) => ({
        text: `role ${lines.role.name} allows it by "${text}"${inherited(lines, ancestor)}`,
        at,
      })),
  );

/** Returns the `except` lines that take the route away; empty if no line allows it. */
function exceptSteps(lines: RoleLines, route: RouteKey): Omit<ExplanationStep, "effect">[] {
  if (!lines.ancestors.some(({ allow }) => allow.some((entry) => reaches(entry, route)))) return [];
  return lines.ancestors.flatMap((ancestor) =>
    ancestor.except
      .filter((entry) => reaches(entry, route))
      .map((entry) => ({
        text: `role ${lines.role.name} excepts it by "${entry.text}"${inherited(lines, ancestor)}`,
        at: entry.at,
        edit: removal(entry),
      })),
  );
}

/** Returns the lines of the tenant's `changes` that take the route away from the role or one that it extends. */
function changeSteps(
  { roles }: Rules,
  { ancestors, tenant }: RoleLines,
  route: RouteKey,
): Omit<ExplanationStep, "effect">[] {
  return ancestors.flatMap((ancestor) => {
    const change = tenant?.roles.has(ancestor.name) ? undefined : tenant?.changes.get(ancestor.name);
    if (tenant === undefined || change === undefined) return [];
    if (change.except !== "none")
      return change.except
        .filter((entry) => reaches(entry, route))
        .map((entry) => ({
          text: `${tenant.id} takes it from ${ancestor.name} by "${entry.text}"`,
          at: entry.at,
          edit: removal(entry),
        }));
    const gave = lineage(ancestor, roles).some(({ allow }) => allow.some((entry) => reaches(entry, route)));
    const text = `${tenant.id} does not have the role ${ancestor.name}, from which it is inherited`;
    return gave ? [{ text, at: change.at, edit: { text: "remove the change at", at: change.at } }] : [];
  });
}

/** Returns the lines of the tenant's `never` that take the route away from a role of its own that allows it. */
function neverSteps(
  { role, ancestors, tenant }: RoleLines,
  route: RouteKey,
): Omit<ExplanationStep, "effect">[] {
  const allows = ancestors.some(({ allow }) => allow.some((entry) => reaches(entry, route)));
  if (!allows || tenant === undefined || !tenant.roles.has(role.name)) return [];
  return tenant.never
    .filter((entry) => reaches(entry, route))
    .map((entry) => ({
      text: `${tenant.id} never allows it, by "${entry.text}", also not by its own role ${role.name}`,
      at: entry.at,
      edit: removal(entry),
    }));
}

const removal = ({ text, at }: Entry): Edit => ({ text: `remove \`${text}\` from`, at });

function notAllowed(rules: Rules, { role }: RoleLines, route: RouteKey): Omit<ExplanationStep, "effect"> {
  return {
    text: `role ${role.name} does not allow ${route}`,
    at: role.allowAt,
    edit: { text: `add ${selectorOf(rules, route)} to`, at: role.allowAt },
  };
}
