import { utf8ToBytes } from "@noble/hashes/utils.js";
import { BASE_RESERVE } from "../../exact/budget.ts";
import type { ApiType } from "../../model/layout.ts";
import { isHttpApi } from "../compile/api-types.ts";
import type { CompiledPolicies } from "../compile/compile.ts";
import { countResources } from "../init/paths.ts";
import type { Api } from "../model/operation.ts";
import { type Problem, Problems } from "../source/problem.ts";
import { openMethods } from "./open-methods.ts";
import { MAX_POLICY_CHARACTERS } from "./resource-policy.ts";

/** API Gateway's default quota of resources of a REST API, and of routes of an HTTP API. AWS raises it on request. */
export const MAX_RESOURCES = 300;

/**
 * The maximum size of a definition that API Gateway imports, in bytes: 6 MB, by AWS's reference of ImportRestApi and
 * PutRestApi. It is none of the quotas that AWS raises. For HTTP APIs no size is documented.
 */
const MAX_DEFINITION_BYTES = 6 * 1024 * 1024;

const PLACEHOLDER = /\$\{[a-z0-9_]+\}/g;

/** A length that no placeholder's value in a definition exceeds: a URI with a function's ARN, for example. */
const PLACEHOLDER_BYTES = 512;

type ApiDocument = Pick<Api, "operations" | "source">;

/**
 * Returns what an API needs beyond API Gateway's quotas, each with the way out: an error for the number of resources or
 * routes, a warning for the resource policy, which an API has only with Terraform's `denies`.
 *
 * @param maxResources the account's quota of resources, or of routes
 */
export function quotaProblems(api: ApiDocument, apiType: ApiType, maxResources: number): Problem[] {
  const problems = new Problems();
  const at = api.source.keyAt(["paths"]);
  const paths = [...new Set(api.operations.map(({ route }) => route.path))];
  const [count, what] = isHttpApi(apiType)
    ? [api.operations.length, "routes"]
    : [countResources(paths), "resources"];
  if (count > maxResources)
    problems.error(
      "resource-quota",
      at,
      `paths: the API needs ${count} ${what}, but an API can have ${maxResources}: request a higher quota from AWS (Service Quotas, Amazon API Gateway), then pass it with --max-resources ${count}; or split the API`,
    );
  const characters = isHttpApi(apiType) ? 0 : policyCharacters(openMethods(api).resources);
  if (characters > MAX_POLICY_CHARACTERS)
    problems.warn(
      "resource-policy-size",
      at,
      `paths: a resource policy that allows the routes without an authorizer would have about ${characters} characters, but it can have ${MAX_POLICY_CHARACTERS}: do not use denies, but a firewall (web_acl_arn); or request a higher quota from AWS`,
    );
  return problems.sorted();
}

function policyCharacters(resources: readonly string[]): number {
  const base = "x".repeat(BASE_RESERVE);
  const Resource = resources.map((resource) => `${base}/${resource}`);
  const statement = { Sid: "MethodsWithoutAuthorizer", Effect: "Allow", Principal: "*" };
  return JSON.stringify({ Statement: [{ ...statement, Action: "execute-api:Invoke", Resource }] }).length;
}

/** Leaves out integrations with the sample backend: an import has either them, or the larger ones of HTTP backends. */
const withoutSamples = (key: string, value: unknown): unknown =>
  /^\$\{backend_\w+_sample_key\}$/.test(key) ? undefined : value;

/**
 * Returns an error if the compiled definition is larger than API Gateway imports, whatever its placeholders' values
 * are; a warning if long values make it larger; undefined if it is never larger.
 */
export function definitionSizeProblem(
  { document, operations, source }: Pick<Api, "document" | "operations" | "source">,
  compiled: CompiledPolicies,
): Problem | undefined {
  const text = JSON.stringify(compiled.definitions[compiled.mode], withoutSamples);
  const placeholders = text.match(PLACEHOLDER)?.length ?? 0;
  const least = utf8ToBytes(text.replace(PLACEHOLDER, "")).length;
  const most = least + placeholders * PLACEHOLDER_BYTES;
  if (most <= MAX_DEFINITION_BYTES) return undefined;
  const [severity, size] =
    least > MAX_DEFINITION_BYTES
      ? (["error", `up to ${most}`] as const)
      : (["warning", `from ${least} to ${most}`] as const);
  const own = utf8ToBytes(JSON.stringify(document)).length;
  const fitting = Math.floor((operations.length * MAX_DEFINITION_BYTES) / least);
  const wayOut =
    own > least / 2
      ? "shorten descriptions and schemas, or split the API"
      : `split the API, because about ${fitting} of its ${operations.length} routes fit, and your own document is only ${own} bytes of it`;
  const message = `the API's definition would have ${size} bytes, but API Gateway imports ${MAX_DEFINITION_BYTES}: ${wayOut}`;
  return { severity, rule: "definition-size", message, ...source.at([]) };
}
