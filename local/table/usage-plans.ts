import { randomBytes } from "node:crypto";
import { USAGE_KEY_SORT_KEY } from "../../core/decision/usage-plan.ts";
import { ITEM_VERSION, type Item, tenantKey } from "../../core/model/items.ts";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import { isOurScheme } from "../../core/policy-files/openapi/external-auth.ts";
import { usageKeys } from "../../lambdas/authorizer/usage-keys.ts";
import type { OpenApiDocument, UsagePlanSettings } from "../apigateway/rest/gateway.ts";

/** The owners of API keys: each plan, or also each tenant of the files. */
export type UsagePer = "plan" | "tenant";

/** The secret from which this process derives every key; on AWS, API Gateway generates the keys. */
const SECRET = randomBytes(32).toString("hex");

/** Returns the authorizer's environment variables for usage plans, as Terraform sets them. */
export const usageEnvironment = (per: UsagePer): Record<string, string> => ({
  USAGE_PLANS_PER: per,
  USAGE_KEY_SECRET: SECRET,
});

/** Builds the usage plans and keys that `modules/usage-plans` creates from the same files. */
export function usagePlans({ plans, tenants }: PolicySet, per: UsagePer): UsagePlanSettings[] {
  const key = usageKeys(SECRET);
  return [...plans.values()].map(({ name, throttle, quota }) => {
    const own = [...tenants.values()].filter((tenant) => per === "tenant" && tenant.plan === name);
    return { throttle, quota, keys: [key(`plan:${name}`), ...own.map(({ id }) => key(`tenant:${id}`))] };
  });
}

/** Builds the items that list the tenants with a key of their own. */
export function usageKeyItems({ tenants }: PolicySet, per: UsagePer): Item[] {
  return [...tenants.values()]
    .filter(({ plan }) => per === "tenant" && plan !== undefined)
    .map(({ id, plan }) => ({
      pk: tenantKey(id),
      sk: USAGE_KEY_SORT_KEY,
      v: ITEM_VERSION,
      owner: USAGE_KEY_OWNER,
      hash: String(plan),
      plan,
    }));
}

/** The owner of the items that Terraform writes in addition to those of the files. */
export const USAGE_KEY_OWNER = "terraform";

type Json = Readonly<Record<string, unknown>>;

/** Requires an API key, which the authorizer names, for the guarded methods of a definition, as `modules/api` does. */
export function requireApiKeys(definition: OpenApiDocument): OpenApiDocument {
  const components = definition["components"] as Json;
  const scheme = { type: "apiKey", name: "x-api-key", in: "header" };
  return {
    ...definition,
    "x-amazon-apigateway-api-key-source": "AUTHORIZER",
    components: {
      ...components,
      securitySchemes: { ...(components["securitySchemes"] as Json), api_key: scheme },
    },
    paths: mapValues(definition.paths, (item) => mapValues(item as Json, withApiKey)),
  };
}

/** Adds the requirement next to our authorizer, in place of an API key that the operation has of its own. */
function withApiKey(operation: unknown): unknown {
  const { security } = operation as { readonly security?: readonly Json[] };
  const isOurs = (requirement: Json): boolean => Object.keys(requirement).some(isOurScheme);
  if (security === undefined || !security.some(isOurs)) return operation;
  return {
    ...(operation as Json),
    security: [...security.filter(isOurs), { api_key: [] }],
  };
}

const mapValues = (object: Json, change: (value: unknown) => unknown): Json =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
