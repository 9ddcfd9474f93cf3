import type { Position, Problems } from "../source/problem.ts";
import { type Source, withoutSchemaKey } from "../source/source.ts";
import { suggestion } from "../source/suggestion.ts";
import { validate } from "../source/validate.ts";
import type { Entry, RoleDefinition } from "./role-grants.ts";
import { expandAll, type SelectorContext } from "./roles.ts";
import { plansSchema } from "./schemas.ts";

export interface PlanThrottle {
  /** Requests per second. */
  readonly rate: number;
  /** Requests at once. */
  readonly burst: number;
}

/** The number of requests in a calendar period, in UTC; a week begins on Sunday. */
export interface PlanQuota {
  readonly limit: number;
  readonly period: "DAY" | "WEEK" | "MONTH";
}

export interface PlanDefinition {
  readonly name: string;
  readonly description: string | undefined;
  readonly at: Position;
  /** Where the keys are, or would be added. */
  readonly lines: Readonly<Record<"ceiling" | "roles", Position>>;
  readonly ceiling: readonly Entry[];
  /** Undefined: all shared roles. */
  readonly roles: readonly string[] | undefined;
  readonly throttle: PlanThrottle | undefined;
  readonly quota: PlanQuota | undefined;
}

/**
 * Reads `policies/plans.yaml`. Returns undefined if it has an error, so that tenants are not checked against it.
 */
export function readPlans(
  source: Source,
  roles: ReadonlyMap<string, RoleDefinition>,
  context: SelectorContext,
  problems: Problems,
): Map<string, PlanDefinition> | undefined {
  const plans = validate(plansSchema, withoutSchemaKey(source), problems);
  if (plans === undefined) return undefined;
  if (Object.keys(plans).length === 0) {
    problems.error("empty-file", source.at([]), "the file has no plan: add one, or remove the file");
    return undefined;
  }
  return new Map(
    Object.entries(plans).map(([name, plan]) => {
      for (const [index, role] of (plan.roles ?? []).entries())
        if (!roles.has(role))
          problems.error(
            "unknown-role",
            source.at([name, "roles", index]),
            `plan ${name}: there is no shared role "${role}"${suggestion(role, roles.keys())}`,
          );
      const ceiling = expandAll(plan.ceiling, source, [name, "ceiling"], context, problems);
      return [
        name,
        {
          name,
          description: plan.description,
          at: source.keyAt([name]),
          lines: { ceiling: source.keyAt([name, "ceiling"]), roles: source.keyAt([name, "roles"]) },
          ceiling,
          roles: plan.roles,
          throttle: plan.throttle,
          quota: plan.quota,
        },
      ];
    }),
  );
}
