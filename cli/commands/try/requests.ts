import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { plural } from "../../../core/model/plural.ts";
import type { PolicySets } from "../../../core/policy-files/compile/build-layout.ts";
import { DEFAULT_LAYOUT_OPTIONS } from "../../../core/policy-files/compile/build-layout.ts";
import { compilePolicies } from "../../../core/policy-files/compile/compile.ts";
import type { IssuerDefinition } from "../../../core/policy-files/model/issuer-presets.ts";
import {
  type PolicyTestResult,
  runPolicyTests,
} from "../../../core/policy-files/simulate/run-policy-tests.ts";
import type { PolicySimulator } from "../../../core/policy-files/simulate/simulate.ts";
import { createSimulator } from "../../../core/policy-files/simulate/simulator.ts";
import { mintedIssuers } from "../../../local/identity-provider/identity-server.ts";
import { findCallerToken } from "../../requests/caller-token.ts";
import { FIRST_LINE, type HttpFile, printHttpFile, type TriedRequest } from "../../requests/http-file.ts";
import { defineCommand } from "../../shared/command.ts";
import { COMMON, type FlagValues, PORT_FLAG, portFlag, UsageError } from "../../shared/flags.ts";
import { withProgress } from "../../shared/layout-flags.ts";
import { loadEnvironments } from "../../shared/load-environments.ts";
import { fetchIssuers, localOrigin, mintToken, noStack } from "../../shared/local-tokens.ts";
import { print, printError } from "../../shared/output.ts";
import { policyTestsFor } from "../../shared/policy-tests.ts";
import { requiredParameters } from "../../shared/required-parameters.ts";

const FLAGS = {
  ...COMMON,
  out: {
    type: "string",
    default: "requests.http",
    value: "FILE",
    about: "The file to write. A file that the command did not write is not overwritten.",
    example: "local/try.http",
  },
  url: {
    type: "string",
    value: "URL",
    otherwise: "the local stack's own address",
    about: "Where the local stack is reached from the HTTP client: the value of the file's variable host.",
    example: "http://host.docker.internal:3000",
  },
  port: PORT_FLAG,
} as const;

export const requests = defineCommand({
  name: "requests",
  about: `Writes a file for the HTTP clients of VS Code (REST Client) and JetBrains, with a request for each policy test: allowed
and denied ones, each with its token, and with the expected status and reason. The running stack's identity provider
issues the tokens, which are valid for eight hours; there are none of real issuers.`,
  flags: FLAGS,
  examples: ["requests", "requests --out local/try.http --port 8080"],
  statuses: ["written", "no stack listens, or a policy test fails"],
  run,
});

const LIFETIME_SECONDS = 8 * 3_600;

async function run(values: FlagValues<typeof FLAGS>): Promise<number> {
  const origin = localOrigin(portFlag(values.port));
  const host = readHost(values.url ?? origin);
  if (existsSync(values.out) && !readFileSync(values.out, "utf8").startsWith(FIRST_LINE))
    throw new UsageError(`--out: ${values.out} exists and is not a file of this command: name another file`);
  const loaded = loadEnvironments(values.policies, values.environment, { all: false });
  if (loaded === undefined) return 2;
  const issuers = await fetchIssuers(origin);
  if (issuers === undefined) return printError(noStack(origin));
  const minted = mintedIssuers(issuers, origin).flatMap((name) => loaded[0].issuers.get(name) ?? []);
  const { simulator, results } = runTests(loaded, values.policies);
  const failed = results.filter(({ met }) => !met).length;
  if (results.length === 0) return printError(`${values.policies}/tests has no policy test: add one`);
  if (failed > 0)
    return printError(`${plural(failed, "policy test")} failed: correct them first (npx portcullis test)`);
  const written = await collect(results, { policies: loaded[0], simulator, minted, origin });
  if ("problem" in written) return printError(written.problem);
  const expires = new Date(Date.now() + LIFETIME_SECONDS * 1_000);
  const selector = loaded[0].api.tenantSelector;
  writeFileSync(values.out, printHttpFile({ ...written, host, expires, selector }));
  const left =
    written.leftOut.length === 0 ? "" : `; ${written.leftOut.length} left out, each with the reason`;
  return print(
    `${values.out} has ${plural(written.requests.length, "request")} with ${plural(written.tokens.length, "token")}${left}`,
  );
}

/** @throws UsageError if a text is not the URL of an origin */
function readHost(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.pathname !== "/" || url.search !== "")
    throw new UsageError(`--url: expected a URL such as http://localhost:3000, found "${text}"`);
  return url.origin;
}

function runTests(policies: PolicySets, folder: string) {
  const simulator = createSimulator(
    policies[0],
    compilePolicies(policies, "auto", withProgress(DEFAULT_LAYOUT_OPTIONS)),
  );
  return { simulator, results: runPolicyTests(simulator, policyTestsFor(policies[0], folder)) };
}

interface Stack {
  readonly policies: PolicySets[0];
  readonly simulator: PolicySimulator;
  readonly minted: readonly IssuerDefinition[];
  readonly origin: string;
}

type Collected = Pick<HttpFile, "tokens" | "requests" | "leftOut">;

/** Mints a token for each caller. Leaves out tests for whose callers there is none. */
async function collect(
  results: readonly PolicyTestResult[],
  { policies, simulator, minted, origin }: Stack,
): Promise<Collected | { readonly problem: string }> {
  const tokens = new Map<string, string>();
  const tried: TriedRequest[] = [];
  const leftOut: HttpFile["leftOut"][number][] = [];
  for (const { test, simulation } of results) {
    const isPublic = simulation.outcome === "public";
    const found = isPublic ? undefined : findCallerToken(test, simulation, simulator, minted);
    if (!isPublic && found === undefined) {
      leftOut.push([test, "no token of the local issuers is decided like this"]);
      continue;
    }
    const id = JSON.stringify(found);
    if (found !== undefined && !tokens.has(id)) {
      const result = await mintToken(origin, found.issuer, { ...found.request, expiresIn: LIFETIME_SECONDS });
      if ("problem" in result) return result;
      tokens.set(id, result.token);
    }
    tried.push({
      test,
      status: test.can ? 200 : 403,
      reason: "reason" in simulation ? simulation.reason : undefined,
      required:
        "route" in simulation
          ? requiredParameters(policies, simulation.route.key)
          : { query: [], header: [] },
      token: found === undefined ? undefined : [...tokens.keys()].indexOf(id),
    });
  }
  return { tokens: [...tokens.values()], requests: tried, leftOut };
}
