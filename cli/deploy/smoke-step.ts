import type { Route } from "../../core/model/route.ts";
import { guardedRoutes } from "../../core/policy-files/model/operation.ts";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import { type DeployContext, type DeployStep, type SmokeRequest, StepFailed } from "./step.ts";

/** The root module's output. */
const URL_OUTPUT = "url";
/** A new stage is not everywhere at once. */
const ATTEMPTS = 15;
const PAUSE_MS = 2_000;
/** Well-formed, and of no issuer: only the authorizer can refuse it. */
const NOBODYS_TOKEN = "e30.e30.AA";

export const readUrl: DeployStep = {
  name: "read the API's URL",
  next: "terraform output shows what there is",
  async run({ run }) {
    const { status, stdout } = await run("terraform", ["output", "-json"], { capture: true });
    if (status !== 0) throw new StepFailed(`terraform output ended with ${status}`);
    const url = urlIn(stdout);
    if (url === undefined) throw new StepFailed(`there is no output ${URL_OUTPUT} with an https URL`);
    return { url };
  },
};

function urlIn(text: string): string | undefined {
  const outputs = JSON.parse(text) as Readonly<Record<string, { readonly value?: unknown }>>;
  const value = outputs[URL_OUTPUT]?.value;
  return typeof value === "string" && /^https?:\/\//.test(value) ? value.replace(/\/+$/, "") : undefined;
}

/** Without a token, API Gateway alone refuses; with one that nobody signed, the authorizer must have run. */
export const smoke: DeployStep = {
  name: "smoke request",
  next: "read the access log of the stage and the log of the authorizer; docs/operations.md says what each status means",
  async run(deployment, { policies, url }) {
    const route = policies === undefined ? undefined : smokeRoute(policies[0]);
    if (url === undefined || route === undefined)
      throw new StepFailed("there is no guarded route to ask", "declare one in policies/api.yaml");
    const request = { method: route.method, url: `${url}${examplePath(route)}` };
    await expect401(deployment, { ...request, token: undefined }, "without a token");
    await expect401(deployment, { ...request, token: NOBODYS_TOKEN }, "with a token that nobody signed");
    return {};
  },
};

async function expect401(deployment: DeployContext, request: SmokeRequest, what: string): Promise<void> {
  const { say, statusOf, wait } = deployment;
  let status: number | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await wait(PAUSE_MS);
    status = await statusOf(request);
    if (status === 401) return say(`${request.method} ${request.url} ${what}: 401, as it must be`);
  }
  throw new StepFailed(
    `${request.method} ${request.url} ${what}: expected 401, found ${status ?? "no answer"}`,
  );
}

/** A GET where there is one: nothing could be changed if it were let through. */
function smokeRoute({ api }: PolicySet): Route | undefined {
  const routes = guardedRoutes(api);
  return routes.find(({ method }) => method === "GET") ?? routes[0];
}

const examplePath = ({ segments }: Route): string =>
  `/${segments.map((segment) => (segment.kind === "literal" ? segment.text : "42")).join("/")}`;

export const printUrl: DeployStep = {
  name: "done",
  next: "",
  run({ say, environment }, { url }) {
    say(`${environment} is deployed: ${url ?? ""}`);
    return {};
  },
};
