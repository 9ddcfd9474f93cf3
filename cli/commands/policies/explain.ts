import type { Caller } from "../../../core/decision/caller.ts";
import type { IssuerSwitches } from "../../../core/model/issuer-switch.ts";
import { DEFAULT_LAYOUT_OPTIONS } from "../../../core/policy-files/compile/build-layout.ts";
import { type CompiledPolicies, compilePolicies } from "../../../core/policy-files/compile/compile.ts";
import { explain as explainRequest } from "../../../core/policy-files/explain/explain.ts";
import { explainLogged, findLoggedRequest } from "../../../core/policy-files/explain/logged.ts";
import type { PolicySet } from "../../../core/policy-files/model/policy-set.ts";
import { parseRequest } from "../../../core/policy-files/simulate/policy-tests.ts";
import type { PolicySimulator } from "../../../core/policy-files/simulate/simulate.ts";
import { createSimulator, createSimulatorOn } from "../../../core/policy-files/simulate/simulator.ts";
import { explainToken, loadTrust, type TokenExplanation } from "../../explain/explain-token.ts";
import {
  explanationLines,
  loggedLines,
  rejectedTokenLines,
  tokenCheckLines,
} from "../../explain/print-explanation.ts";
import { LOG_FLAG, readLogLines } from "../../explain/read-log.ts";
import { callerFrom, PARTY_FLAGS } from "../../shared/caller-flags.ts";
import { defineCommand } from "../../shared/command.ts";
import {
  CALLER_FLAGS,
  COMMON,
  type FlagValues,
  FORMAT,
  PORT_FLAG,
  portFlag,
  UsageError,
} from "../../shared/flags.ts";
import { withProgress } from "../../shared/layout-flags.ts";
import { loadEnvironments, requireTenant } from "../../shared/load-environments.ts";
import { print, printJson } from "../../shared/output.ts";
import { printSuspended } from "../../table/print-suspended.ts";
import { TABLE_FLAG, tableFlag } from "../../table/table-flag.ts";
import { loadTableReads } from "../../table/table-reads.ts";

const FLAGS = {
  ...CALLER_FLAGS,
  ...PARTY_FLAGS,
  token: {
    type: "string",
    value: "JWT",
    about: `Verifies a token as the authorizer does; --tenant is then the value of the request's tenant selector. With
--format json, token.verdict has the caller, the denial, or the code of a 401 or 500.`,
    example: '"$TOKEN"',
  },
  issuers: {
    type: "string",
    value: "FILE",
    otherwise: "the issuers of the running local stack",
    about: "The issuers for --token (JSON, in the form of the function's variable ISSUERS).",
    example: "issuers.json",
  },
  port: PORT_FLAG,
  log: {
    ...LOG_FLAG,
    value: "LINE",
    about: `Explains the request of a decision line or an access-log line, or of a file with such lines (- is standard
input). Given both lines, joins them by the request id. What the log does not have is named, not supposed.`,
    example: `'{"route":"GET /documents","tenantId":"acme","roles":["editor"]}'`,
  },
  "request-id": {
    type: "string",
    value: "ID",
    otherwise: "the lines are of one request",
    about: "The request of --log: requestId of an error body.",
    example: "Kx9fFHd2IAMEMzg=",
  },
  table: {
    ...TABLE_FLAG.table,
    otherwise: "no table",
    about: `Also reads from a table: run-time tenants, and the caller's memberships and revocations. The caller is that of
the token, or of --issuer with --subject or --client; then the token counts as issued now.`,
  },
  ...COMMON,
  ...FORMAT,
} as const;
type Values = FlagValues<typeof FLAGS>;

export const explain = defineCommand({
  name: "explain",
  forms: [
    '--tenant T --role R … "METHOD /path"',
    '--token JWT [--issuers FILE] "METHOD /path"',
    "--log LINE [--log LINE] [--request-id ID]",
  ],
  about: `Explains step by step how a request is decided. Each step names the line of the policy files that causes it.`,
  flags: FLAGS,
  examples: [
    'explain --tenant acme --role editor "DELETE /documents/42"',
    'explain --token "$TOKEN" "GET /documents/42"',
  ],
  statuses: ["allowed", "denied"],
  positionals: true,
  run,
});

async function run(values: Values, positionals: readonly string[]): Promise<number> {
  if (values.log.length > 0) return explainLog(values);
  const requestText = positionals[0];
  if (requestText === undefined) throw new UsageError('name the request, such as "GET /documents/42"');
  const request = parseRequest(requestText);
  if (typeof request === "string") throw new UsageError(request);
  if (values.token === undefined && values.tenant === undefined)
    throw new UsageError("name the caller: --tenant and --role, or --token, or --log");
  const table = values.table === undefined ? undefined : tableFlag(values.table);

  const policies = loadEnvironments(values.policies, values.environment, { all: false });
  if (policies === undefined) return 2;
  const compiled = compilePolicies(policies, "auto", withProgress(DEFAULT_LAYOUT_OPTIONS));
  const [current] = policies;
  const simulator = createSimulator(current, compiled);
  const namesTenant = values.token === undefined;
  if (namesTenant && table === undefined)
    requireTenant(values.tenant ?? "", current.tenants.keys(), undefined);

  let switches: IssuerSwitches = new Map();
  const readStatus =
    table === undefined
      ? 0
      : await readTableSwitches(table, (found) => {
          switches = found;
        });
  if (readStatus !== 0) return readStatus;

  const token =
    values.token === undefined ? undefined : await readToken(values.token, values, current, switches, table);
  if (token !== undefined && !("caller" in token.verdict))
    return values.format === "json"
      ? printJson({ request: requestText, token }, 1)
      : print(rejectedTokenLines(token, current, values.policies), 1);
  const caller =
    token !== undefined && "caller" in token.verdict
      ? token.verdict.caller
      : callerFrom(values, simulator.catalogue.issuers);
  if (caller.issuer !== null && switches.get(caller.issuer)?.suspended)
    return printSuspended(caller.issuer, values.format);
  const subject = { policies: current, compiled, caller, request, token };
  if (table === undefined) return printExplanation(subject, values, simulator, null);
  const { withTable, readCallerItems } = await loadTableReads();
  return withTable(table, async () => {
    const issuer = caller.issuer === null ? undefined : simulator.catalogue.issuers.get(caller.issuer);
    const { tenants, membershipState: state } = await readCallerItems(table, current, caller, issuer);
    const revokedClients = caller.issuer === null ? undefined : switches.get(caller.issuer)?.revokedClients;
    const membershipState = { ...state, revokedClients };
    const runTimeIds = tenants.map(({ id }) => String(id));
    if (namesTenant) requireTenant(caller.tenant, [...current.tenants.keys(), ...runTimeIds], table);
    const items = compiled.items.get(current.environment) ?? [];
    return printExplanation(
      subject,
      values,
      createSimulatorOn(current, [...items, ...tenants], simulator.layout),
      membershipState,
    );
  });
}

async function readTableSwitches(table: string, use: (switches: IssuerSwitches) => void): Promise<number> {
  const { withTable, readSwitches } = await loadTableReads();
  return withTable(table, async () => {
    use(await readSwitches(table));
    return 0;
  });
}

/** The request to explain, and what is known about it. */
interface ExplainedRequest {
  readonly policies: PolicySet;
  readonly compiled: CompiledPolicies;
  readonly caller: Caller;
  readonly request: { readonly method: string; readonly path: string };
  readonly token: TokenExplanation | undefined;
}

function printExplanation(
  { policies, compiled, caller, request, token }: ExplainedRequest,
  values: Values,
  simulator: PolicySimulator,
  membershipState: Parameters<typeof explainRequest>[4] | null,
): number {
  const found = explainRequest(policies, simulator, caller, request, membershipState, token?.findings);
  const status = found.simulation.outcome === "allowed" || found.simulation.outcome === "public" ? 0 : 1;
  if (values.format === "json") return printJson({ ...found, ...(token && { token: token.checks }) }, status);
  return print(
    [
      ...(token === undefined ? [] : tokenCheckLines(token)),
      ...explanationLines(found, compiled.mode, values.policies),
    ],
    status,
  );
}

/** Explains the request of log lines. */
async function explainLog(values: Values): Promise<number> {
  if (values.table !== undefined)
    throw new UsageError(
      "--table: a log line does not say which roles the token had: use --token, or --tenant, --issuer and --subject",
    );
  const logged = findLoggedRequest(await readLogLines(values.log), values["request-id"]);
  if (typeof logged === "string") throw new UsageError(`--log: ${logged}`);
  const policies = loadEnvironments(values.policies, values.environment, { all: false });
  if (policies === undefined) return 2;
  const compiled = compilePolicies(policies, "auto", withProgress(DEFAULT_LAYOUT_OPTIONS));
  const [current] = policies;
  const found = explainLogged(current, createSimulator(current, compiled), logged);
  if (typeof found === "string") throw new UsageError(`--log: ${found}`);
  const status = found.outcome === "allowed" ? 0 : 1;
  return values.format === "json"
    ? printJson(found, status)
    : print(loggedLines(found, values.policies), status);
}

async function readToken(
  token: string,
  { issuers: file, port, tenant }: Values,
  policies: PolicySet,
  switches: IssuerSwitches,
  table: string | undefined,
): Promise<TokenExplanation> {
  if (tenant !== undefined && policies.api.tenantSelector === null)
    throw new UsageError(
      "--tenant: api.yaml has no tenant selector, so only the token's claim names the tenant",
    );
  const own = policies.issuers.values();
  const trust = await loadTrust(file, `http://127.0.0.1:${portFlag(port)}`, { own });
  return explainToken(token, trust, policies, {
    selected: tenant,
    switches,
    ...(table !== undefined && {
      readItem: async (key) => (await (await loadTableReads()).readItemsAt(table, [key]))[0],
    }),
  });
}
