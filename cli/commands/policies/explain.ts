import { type Caller, readsTokenRoles, supposedCaller } from "../../../core/decision/caller.ts";
import { issuerName } from "../../../core/model/ids.ts";
import type { IssuerItem } from "../../../core/model/items.ts";
import { DEFAULT_LAYOUT_OPTIONS } from "../../../core/policy-files/compile/build-layout.ts";
import { type CompiledPolicies, compilePolicies } from "../../../core/policy-files/compile/compile.ts";
import { explain as explainRequest } from "../../../core/policy-files/explain/explain.ts";
import { MAIN_ISSUER } from "../../../core/policy-files/model/issuers.ts";
import type { PolicySet } from "../../../core/policy-files/model/policy-set.ts";
import { parseRequest } from "../../../core/policy-files/simulate/policy-tests.ts";
import type { PolicySimulator } from "../../../core/policy-files/simulate/simulate.ts";
import { createSimulator, createSimulatorOn } from "../../../core/policy-files/simulate/simulator.ts";
import { suggestion } from "../../../core/policy-files/source/suggestion.ts";
import { explainToken, readTrust, type TokenExplanation } from "../../explain/explain-token.ts";
import { type LoggedRequest, readLogLine } from "../../explain/log-line.ts";
import { explanationLines, refusedTokenLines, tokenCheckLines } from "../../explain/print-explanation.ts";
import { withTable } from "../../publish/run-publish.ts";
import type { Command } from "../../shared/command.ts";
import { COMMON, nameAndValue, portFlag, readFlags, UsageError } from "../../shared/flags.ts";
import { loadEnvironments } from "../../shared/load-environments.ts";
import { askTable } from "../../table/ask-table.ts";
import { tableFlag } from "../../table/client.ts";

const USAGE = `npx portcullis explain --tenant T --role R [--role …] [--subject S | --client C] [--issuer NAME]
  [--scope S …] [--claim NAME=VALUE …] "METHOD /path"
npx portcullis explain --token JWT [--tenant T] [--issuers FILE] [--port PORT] "METHOD /path"
npx portcullis explain --log LINE
  [--table NAME] [--json] [--policies DIR] [--environment NAME]

Tells what a request gets, and every step that led to it, with the line of the policy files that says so.
--token verifies as the authorizer does: against the running local stack's issuers, or those of FILE, JSON as
in the function's variable ISSUERS; --tenant is then what the request's tenant selector names. --log takes a
decision line or an access-log line.
  --table   asks a table too: for tenants kept at run time, and for the caller's memberships and revocations there,
            by the token, or by --issuer and --subject or --client, supposing a token issued now
Exit status 0: allowed, 1: refused, 2: wrong use.`;

const FLAGS = {
  ...COMMON,
  tenant: { type: "string" },
  role: { type: "string", multiple: true, default: [] as string[] },
  scope: { type: "string", multiple: true, default: [] as string[] },
  claim: { type: "string", multiple: true, default: [] as string[] },
  subject: { type: "string" },
  client: { type: "string" },
  issuer: { type: "string" },
  token: { type: "string" },
  issuers: { type: "string" },
  port: { type: "string" },
  log: { type: "string" },
  table: { type: "string" },
  json: { type: "boolean", default: false },
} as const;
type Values = ReturnType<typeof readFlags<typeof FLAGS>>["values"];

export const explain: Command = { usage: USAGE, run };

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readFlags(args, FLAGS, true);
  if (values.help) return print([USAGE], 0);
  const line = values.log === undefined ? undefined : readLogLine(values.log);
  const requestText = line?.request ?? positionals[0];
  if (requestText === undefined) throw new UsageError('name the request, such as "GET /documents/42"');
  const request = parseRequest(requestText);
  if (typeof request === "string") throw new UsageError(request);
  if (line === undefined && values.token === undefined && values.tenant === undefined)
    throw new UsageError("name the caller: --tenant and --role, or --token, or --log");
  const table = values.table === undefined ? undefined : tableFlag(values.table);
  if (table !== undefined && line !== undefined)
    throw new UsageError(
      "--table: a log line does not say which roles were the token's: name the token, or tenant, issuer and subject",
    );

  const policies = loadEnvironments(values.policies, values.environment, { all: false });
  if (policies === undefined) return 1;
  const compiled = compilePolicies(policies, "auto", DEFAULT_LAYOUT_OPTIONS);
  const [current] = policies;
  const simulator = createSimulator(current, compiled);

  const token = values.token === undefined ? undefined : await readToken(values.token, values, current);
  if (token !== undefined && !("caller" in token.verdict))
    return values.json
      ? print([JSON.stringify({ request: requestText, token }, null, 2)], 1)
      : print(refusedTokenLines(token), 1);
  const caller =
    token !== undefined && "caller" in token.verdict
      ? token.verdict.caller
      : supposed(values, line, simulator.catalogue.issuers);
  const about = { policies: current, compiled, caller, request, line, token };
  if (table === undefined) return tell(about, values, simulator, null);
  return withTable(table, async () => {
    const issuer = caller.issuer === null ? undefined : simulator.catalogue.issuers.get(caller.issuer);
    const { tenants, membershipState } = await askTable(table, current, caller, issuer);
    const items = compiled.items.get(current.environment) ?? [];
    return tell(
      about,
      values,
      createSimulatorOn(current, [...items, ...tenants], simulator.layout),
      membershipState,
    );
  });
}

interface About {
  readonly policies: PolicySet;
  readonly compiled: CompiledPolicies;
  readonly caller: Caller;
  readonly request: { readonly method: string; readonly path: string };
  readonly line: LoggedRequest | undefined;
  readonly token: TokenExplanation | undefined;
}

function tell(
  { policies, compiled, caller, request, line, token }: About,
  values: Values,
  simulator: PolicySimulator,
  membershipState: Parameters<typeof explainRequest>[4] | null,
): number {
  const found = explainRequest(policies, simulator, caller, request, membershipState);
  const status = found.simulation.outcome === "allowed" || found.simulation.outcome === "public" ? 0 : 1;
  if (values.json) {
    const besides = { ...(token && { token: token.checks }), ...(line && { answeredThen: line.answered }) };
    return print([JSON.stringify({ ...found, ...besides }, null, 2)], status);
  }
  const version = line?.policyVersion === undefined ? "" : ` (policyVersion ${line.policyVersion})`;
  return print(
    [
      ...(token === undefined ? [] : tokenCheckLines(token)),
      ...explanationLines(found, compiled.mode, values.policies),
      ...(line === undefined ? [] : [`then: ${line.answered}${version}`]),
    ],
    status,
  );
}

/** A caller of whom a log line or the flags tell. */
function supposed(
  values: Values,
  line: LoggedRequest | undefined,
  issuers: ReadonlyMap<string, IssuerItem>,
): Caller {
  if (line !== undefined) return supposedCaller(line.caller);
  const { tenant = "", role: roles, scope: scopes, claim, subject, client } = values;
  if (subject === "" || client === "") throw new UsageError("--subject and --client: expected a name");
  const issuer = issuerOf(values, issuers);
  return supposedCaller({
    tenant,
    roles: issuer === undefined || readsTokenRoles(issuer) ? roles : [],
    scopes,
    subject: subject ?? client,
    claims: Object.fromEntries(claim.map((text) => nameAndValue("claim", text))),
    issuer: issuer?.name,
    clientId: client,
    issuedAt: Date.now() / 1_000,
  });
}

/** The issuer that is named, or where a table is asked for somebody, the only one that there can be. */
function issuerOf(
  { issuer: name, table, subject, client }: Values,
  issuers: ReadonlyMap<string, IssuerItem>,
): IssuerItem | undefined {
  if (name === undefined && (table === undefined || (subject ?? client) === undefined)) return undefined;
  const all = [...issuers.values()];
  const using = all.filter(({ memberships }) => memberships !== null);
  const [only, ...others] = using.length > 0 ? using : all;
  const found = name === undefined ? (others.length === 0 ? only : undefined) : issuers.get(issuerName(name));
  if (found !== undefined) return found;
  throw new UsageError(
    name === undefined
      ? `--issuer is missing: name the caller's${suggestion("", issuers.keys())}`
      : `--issuer: there is no issuer "${name}"${suggestion(name, issuers.keys())}`,
  );
}

async function readToken(
  token: string,
  { issuers: file, port, tenant }: Values,
  { issuers, api }: PolicySet,
): Promise<TokenExplanation> {
  if (tenant !== undefined && api.tenantSelector === null)
    throw new UsageError("--tenant: api.yaml has no tenant selector, so the token's claim alone decides");
  const trust = await readTrust(file, `http://127.0.0.1:${portFlag(port)}`);
  const definitions = issuers.has(MAIN_ISSUER.name)
    ? issuers
    : new Map([...issuers, [MAIN_ISSUER.name, MAIN_ISSUER]]);
  return explainToken(token, trust, definitions, { selected: tenant });
}

function print(lines: readonly string[], status: number): number {
  process.stdout.write(lines.map((line) => `${line}\n`).join(""));
  return status;
}
