import type { Route } from "../../core/model/route.ts";
import { guardedRoutes } from "../../core/policy-files/model/operation.ts";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import { readOutputs } from "./outputs.ts";
import { type DeployContext, type DeployStep, type SmokeRequest, StepFailed } from "./step.ts";

/** A new stage takes some time until it responds everywhere. */
const ATTEMPTS = 15;
const PAUSE_MS = 2_000;
/** A well-formed token without an issuer, so that only the authorizer can reject it. */
const INVALID_TOKEN = "e30.e30.AA";

export const checkOutputs: DeployStep = {
  name: "read the outputs",
  next: "pass on all outputs of the module in main.tf, as the main.tf of npx portcullis init does, and deploy again",
  async run({ run }, { canary }) {
    const outputs = await readOutputs({ run });
    const { url, api_id, domain_target, authorizer, table_name, keeper } = outputs;
    if (typeof url !== "string" || !/^https?:\/\//.test(url))
      throw new StepFailed("there is no output url with an https URL");
    // Without these, publish would not run, and the next deployment would end a canary without a word.
    if (keeper === undefined) throw new StepFailed("there is no output keeper");
    if (canary !== undefined && outputs.canary === undefined)
      throw new StepFailed("there is no output canary");
    return {
      url: url.replace(/\/+$/, ""),
      ...(typeof api_id === "string" && { apiId: api_id }),
      ...(domain_target && { target: domain_target.name }),
      ...(keeper === "publish" && { publishTo: String(table_name) }),
      ...(keeper !== "publish" && typeof table_name === "string" && { compileIn: table_name }),
      ...(authorizer && outputs.canary === undefined && { authorizer }),
    };
  },
};

/**
 * Sends a request without a token, which API Gateway rejects, and one whose token only the authorizer rejects. A custom
 * domain is asked at the API's regional host, because its DNS record may not exist yet.
 */
export const smoke: DeployStep = {
  name: "smoke request",
  next: "read the access log of the stage and the log of the authorizer; docs/operations.md explains each status",
  async run(deployment, { policies, url, target }) {
    const route = policies === undefined ? undefined : smokeRoute(policies[0]);
    if (url === undefined || route === undefined)
      throw new StepFailed(
        "there is no guarded route to send a request to",
        "declare one in policies/api.yaml",
      );
    const request = { method: route.method, url: `${url}${examplePath(route)}`, connectTo: target };
    await expect401(deployment, { ...request, token: undefined }, "without a token");
    await expect401(deployment, { ...request, token: INVALID_TOKEN }, "with an invalid token");
    return {};
  },
};

async function expect401(deployment: DeployContext, request: SmokeRequest, what: string): Promise<void> {
  const { print, fetchStatus, wait } = deployment;
  let status: number | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await wait(PAUSE_MS);
    status = await fetchStatus(request);
    if (status === 401) return print(`${request.method} ${request.url} ${what}: 401, as expected`);
  }
  throw new StepFailed(
    `${request.method} ${request.url} ${what}: expected 401, found ${status ?? "no response"}`,
  );
}

/** Prefers a GET, which changes nothing if the request is allowed by mistake. */
function smokeRoute({ api }: PolicySet): Route | undefined {
  const routes = guardedRoutes(api);
  return routes.find(({ method }) => method === "GET") ?? routes[0];
}

const examplePath = ({ segments }: Route): string =>
  `/${segments.map((segment) => (segment.kind === "literal" ? segment.text : "42")).join("/")}`;

export const printUrl: DeployStep = {
  name: "done",
  next: "",
  async run({ print, environment, resolves }, { url = "", target }) {
    print(`${environment} is deployed: ${url}`);
    const { hostname } = new URL(url);
    if (target !== undefined && !(await resolves(hostname)))
      print(
        `${hostname} has no address yet: now create its DNS record, an alias (Route 53) or a CNAME to ${target}, unless domain.zone_id has just created it`,
      );
    return {};
  },
};
