import { join } from "node:path";
import { type Caller, supposedCaller } from "../../core/caller.ts";
import { DEFAULT_LAYOUT_OPTIONS } from "../../core/files/build-layout.ts";
import { type CompiledPolicies, compilePolicies } from "../../core/files/compile.ts";
import { parseRequest } from "../../core/files/expectations.ts";
import { type Explanation, explain as explainRequest, type Step } from "../../core/files/explain.ts";
import { MAIN_ISSUER } from "../../core/files/issuers.ts";
import type { PolicySet } from "../../core/files/policy-set.ts";
import { standFor } from "../../core/files/stand.ts";
import { explainToken, readTrust, type TokenExplanation } from "../lib/explain-token.ts";
import { COMMON, nameAndValue, portFlag, readFlags, UsageError } from "../lib/flags.ts";
import { loadEnvironments } from "../lib/load-environments.ts";
import { readLogLine } from "../lib/log-line.ts";

const USAGE = `npm run policies -- explain --tenant T --role R [--role …] [--subject S] [--scope S …] [--claim NAME=VALUE …] "METHOD /path"
npm run policies -- explain --token JWT [--issuers FILE] [--port PORT] "METHOD /path"
npm run policies -- explain --log LINE
  [--json] [--policies DIR] [--environment NAME]

Tells what a request gets, and every step that led to it, with the line of the policy files that says so.
--token verifies as the authorizer does: against the running local stack's issuers, or those of FILE, JSON as
in the function's variable ISSUERS. --log takes a decision line or an access-log line.
Exit status 0: allowed, 1: refused, 2: wrong use.`;

/** `policies -- explain` */
export async function explain(args: readonly string[]): Promise<number> {
  const { values, positionals } = readFlags(
    args,
    {
      ...COMMON,
      tenant: { type: "string" },
      role: { type: "string", multiple: true, default: [] },
      scope: { type: "string", multiple: true, default: [] },
      claim: { type: "string", multiple: true, default: [] },
      subject: { type: "string" },
      token: { type: "string" },
      issuers: { type: "string" },
      port: { type: "string" },
      log: { type: "string" },
      json: { type: "boolean", default: false },
    },
    true,
  );
  if (values.help) return print(USAGE, 0);
  const line = values.log === undefined ? undefined : readLogLine(values.log);
  const requestText = line?.request ?? positionals[0];
  if (requestText === undefined) throw new UsageError('name the request, such as "GET /documents/42"');
  const request = parseRequest(requestText);
  if (typeof request === "string") throw new UsageError(request);
  if (line === undefined && values.token === undefined && values.tenant === undefined)
    throw new UsageError("name the caller: --tenant and --role, or --token, or --log");

  const policies = loadEnvironments(values.policies, values.environment, { all: false });
  if (policies === undefined) return 1;
  const compiled = compilePolicies(policies, "auto", DEFAULT_LAYOUT_OPTIONS);
  const [current] = policies;

  const token =
    values.token === undefined
      ? undefined
      : await readToken(values.token, values.issuers, values.port, current);
  if (token !== undefined && !("caller" in token.verdict))
    return values.json
      ? print(JSON.stringify({ request: requestText, token }, null, 2), 1)
      : printRefusedToken(token);
  const claims = Object.fromEntries(values.claim.map((claim) => nameAndValue("claim", claim)));
  const caller: Caller =
    token !== undefined && "caller" in token.verdict
      ? token.verdict.caller
      : supposedCaller(
          line?.caller ?? {
            tenant: values.tenant ?? "",
            roles: values.role,
            scopes: values.scope,
            subject: values.subject,
            claims,
          },
        );

  const found = explainRequest(current, standFor(current, compiled), caller, request.method, request.path);
  const allowed = found.trial.outcome === "allowed" || found.trial.outcome === "public";
  if (values.json)
    return print(
      JSON.stringify(
        { ...found, ...(token && { token: token.checks }), ...(line && { answeredThen: line.answered }) },
        null,
        2,
      ),
      allowed ? 0 : 1,
    );
  if (token !== undefined) printChecks(token);
  printExplanation(found, compiled, values.policies);
  if (line !== undefined)
    print(
      `then: ${line.answered}${line.policyVersion === undefined ? "" : ` (policyVersion ${line.policyVersion})`}`,
      0,
    );
  return allowed ? 0 : 1;
}

async function readToken(
  token: string,
  file: string | undefined,
  port: string | undefined,
  policies: PolicySet,
): Promise<TokenExplanation> {
  const trust = await readTrust(file, `http://127.0.0.1:${portFlag(port)}`);
  const definitions = policies.issuers.has(MAIN_ISSUER.name)
    ? policies.issuers
    : new Map([...policies.issuers, [MAIN_ISSUER.name, MAIN_ISSUER]]);
  return explainToken(token, trust, definitions);
}

function printChecks({ checks }: TokenExplanation): void {
  for (const { check, expected, found } of checks)
    print(`token ${check}: expected ${expected}; found ${found}`, 0);
}

function printRefusedToken(token: TokenExplanation): number {
  printChecks(token);
  const { verdict } = token;
  if ("refusal" in verdict)
    return print(
      `403, reason ${verdict.refusal.reason}: the token holds, but speaks for no tenant and roles that can be told`,
      1,
    );
  if ("code" in verdict)
    print(
      `401, ${verdict.code}: ${verdict.message}${verdict.setting === "" ? "" : `\nto change: ${verdict.setting}`}`,
      1,
    );
  return 1;
}

const MARKS: Readonly<Record<Step["effect"], string>> = { gives: "+", takes: "-", notes: " " };

function printExplanation(
  { request, trial, steps }: Explanation,
  { mode }: CompiledPolicies,
  folder: string,
): void {
  if (trial.outcome === "unknown-route") {
    print(`${request}: 403 MISSING_AUTHENTICATION_TOKEN: the API has no such route`, 1);
    return;
  }
  print(
    `${request}: ${trial.outcome === "refused" ? `refused, reason ${trial.reason ?? ""}` : trial.outcome === "external" ? "left to another authorizer" : trial.outcome}`,
    0,
  );
  for (const { text, effect, at } of steps)
    print(
      `  ${MARKS[effect]} ${text}${at === undefined ? "" : `  (${join(folder, at.file)}:${at.line}:${at.column})`}`,
      0,
    );
  if (!("response" in trial)) return;
  const { response, statement, group } = trial;
  const deciding =
    statement === undefined
      ? "no statement matches, so it is refused"
      : JSON.stringify(response.policyDocument.Statement[statement]);
  print(`  decided by: ${deciding.length > 400 ? `${deciding.slice(0, 400)}…` : deciding}`, 0);
  print(
    `  the caller gets: group ${group}, ${JSON.stringify(response).length} bytes, context ${JSON.stringify(response.context)}`,
    0,
  );
  print(
    `  may differ for a while: ${mode === "off" ? "" : "API Gateway's cached answer for this token, by default 60 s; "}the Lambda's copy of tenant and catalogue, by default 30 s`,
    0,
  );
}

function print(text: string, status: number): number {
  process.stdout.write(`${text}\n`);
  return status;
}
