import { deepStrictEqual as equal, ok } from "node:assert";
import { GetStageCommand } from "@aws-sdk/client-api-gateway";
import { type Deployed, readDeployed } from "./deployed.ts";
import type { Account } from "./support/account.ts";
import { type CallLog, startCallLog } from "./support/call-log.ts";
import { VALUES } from "./support/environment.ts";
import type { Moto } from "./support/moto.ts";
import type { Report } from "./support/report.ts";
import { terraformFor } from "./support/terraform.ts";
import type { Workspace } from "./support/workspace.ts";

const mode = (name: string): string[] => ["-var", `caching={mode="${name}"}`];

interface LayoutContext {
  readonly workspace: Workspace;
  readonly moto: Moto;
  readonly account: Account;
  readonly report: Report;
}

/** Changes the layout of staging, from caching mode `token` to `route`, back by `rollback --api`, and to `off`. */
export async function checkLayouts({ workspace, moto, account, report }: LayoutContext): Promise<void> {
  const log = await startCallLog(moto);
  const terraform = terraformFor(workspace, log.moto, "staging", VALUES);
  const read = (): Promise<Deployed> => readDeployed(workspace, terraform, "staging");
  const apply = async (name: string): Promise<string[]> => {
    log.calls.length = 0;
    await terraform.apply(...mode(name));
    return changingCalls(log);
  };
  try {
    const token = await read();
    const before = await readStage(token, account);
    await report.check(
      "another caching mode updates the stage once, and what the old deployment calls stays",
      async () => {
        const calls = await apply("route");
        equal(deletions(calls), []);
        const [update, ...more] = calls.filter((call) => /^PATCH \/restapis\/\w+\/stages\//.test(call));
        ok(update !== undefined && more.length === 0, calls.join("\n"));
        ok(update.includes("/deploymentId") && update.includes("/variables/portcullis_"), update);
        const created = calls.findIndex((call) => /^POST .*\/aliases /.test(call));
        const allowed = calls.findIndex((call) => /^POST .*\/policy/.test(call));
        ok(
          created >= 0 && allowed >= 0 && Math.max(created, allowed) < calls.indexOf(update),
          calls.join("\n"),
        );
      },
    );
    await checkLayout(await read(), account, "route", report);
    await report.check("a second plan after a change of the mode is empty", async () => {
      const { changes, output } = await terraform.plan(...mode("route"));
      ok(!changes, output);
    });
    await report.check(
      "the account's role for logs can be added while the previous layout is kept",
      async () => {
        const { output } = await terraform.plan(...mode("route"), "-var=manage_account_logging=true");
        ok(output.includes("module.account_logging[0].aws_api_gateway_account.this"), output);
      },
    );
    await checkRollback({ workspace, log, account, report }, token, before);
    await report.check("the next apply goes forward again, and deletes nothing", async () => {
      equal(deletions(await apply("route")), []);
    });
    await report.check("the layout after that removes what only the oldest deployment called", async () => {
      const calls = await apply("off");
      const { manifest } = token;
      const [oldest, kept] = [manifest.layouts["token"] ?? "", manifest.layouts["route"] ?? ""];
      const gone = deletions(calls);
      for (const part of ["/aliases/layout-", "/policy/"])
        ok(
          gone.some((call) => call.includes(part) && call.includes(oldest)),
          gone.join("\n"),
        );
      ok(
        gone.some((call) => call.includes(`/deployments/${before.deploymentId}`)),
        gone.join("\n"),
      );
      ok(!gone.some((call) => call.includes(kept)), gone.join("\n"));
    });
  } finally {
    await log.close();
  }
}

async function checkRollback(
  { workspace, log, account, report }: Omit<LayoutContext, "moto"> & { readonly log: CallLog },
  { outputs }: Deployed,
  before: Stage,
): Promise<void> {
  await report.check(
    "rollback --api puts deployment and variables back in one update, in less than a minute",
    async () => {
      log.calls.length = 0;
      const since = Date.now();
      const api = `${outputs.api_id}/${outputs.stage}`;
      const { status, stdout, stderr } = await workspace.run(
        "rollback",
        ["--api", api],
        log.moto.environment,
      );
      equal(status, 0, stderr);
      ok(
        stdout.startsWith(
          `${api} serves deployment ${before.deploymentId} of ${outputs.authorizer.alias} again`,
        ),
      );
      ok(Date.now() - since < 60_000);
      equal(
        changingCalls(log).map((call) => call.split(" ").slice(0, 2)),
        [["PATCH", `/restapis/${outputs.api_id}/stages/${outputs.stage}`]],
      );
      equal(await readStage({ outputs }, account), before);
    },
  );
}

interface Stage {
  readonly deploymentId: string;
  readonly variables: Readonly<Record<string, string>>;
}

async function readStage({ outputs }: Pick<Deployed, "outputs">, { apiGateway }: Account): Promise<Stage> {
  const { deploymentId = "", variables = {} } = await apiGateway.send(
    new GetStageCommand({ restApiId: outputs.api_id, stageName: outputs.stage }),
  );
  return { deploymentId, variables };
}

async function checkLayout(
  { outputs, manifest }: Deployed,
  account: Account,
  name: string,
  report: Report,
): Promise<void> {
  await report.check("another caching mode replaces alias and stage variables together", async () => {
    equal([outputs.caching_mode, outputs.authorizer.alias], [name, `layout-${manifest.layouts[name] ?? ""}`]);
    equal((await readStage({ outputs }, account)).variables, manifest.stageVariables[name]);
  });
}

/** Returns the calls that change an API or a function, in their order. */
const changingCalls = ({ calls }: CallLog): string[] =>
  calls
    .filter(({ service }) => service === "apigateway" || service === "lambda")
    .filter(({ operation }) => !operation.startsWith("GET "))
    .map(({ operation, body }) => `${operation} ${body}`);

const deletions = (calls: readonly string[]): string[] => calls.filter((call) => call.startsWith("DELETE "));
