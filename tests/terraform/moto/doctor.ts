import { deepStrictEqual as equal, ok } from "node:assert";
import { ApiGatewayV2Client } from "@aws-sdk/client-apigatewayv2";
import { readBuild } from "../../../cli/doctor/build.ts";
import { type Checked, examine } from "../../../cli/doctor/checks.ts";
import { gather } from "../../../cli/doctor/gather.ts";
import { targetOf } from "../../../cli/doctor/target.ts";
import { stop } from "../../end-to-end/issuers.ts";
import { mint } from "../../end-to-end/tokens.ts";
import { type Deployed, readDeployed } from "./deployed.ts";
import type { DeployedApi } from "./deployed-api.ts";
import { listFaults } from "./doctor/faults.ts";
import { apiGatewayAt, completeApi, startMotoWithExport, trustLocalKeys } from "./doctor/sound-deployment.ts";
import type { Account } from "./support/account.ts";
import { type Moto, REGION } from "./support/moto.ts";
import type { Report } from "./support/report.ts";
import type { Terraform } from "./support/terraform.ts";

interface DoctorContext {
  readonly deployed: Deployed;
  readonly terraform: Terraform;
  readonly api: DeployedApi;
  readonly account: Account;
  readonly moto: Moto;
}

/**
 * Checks the doctor on dev as it is in moto, which drops parts of an import. Then adds the dropped parts by calls, and
 * checks the doctor on the sound deployment and with one fault after the other.
 */
export async function checkDoctor(context: DoctorContext, report: Report): Promise<void> {
  const { terraform, api, account, moto } = context;
  const deployed = await readDeployed(context.deployed.workspace, terraform, "dev");
  await report.check(
    "doctor: reports what moto drops from an import, and what cannot be reached",
    async () => {
      const { status, checked } = await runDoctor(deployed, moto.environment);
      equal([status, failing(checked)], [1, DROPPED]);
      ok(reported(checked).some((line) => /not found: the authorizer portcullis_g1 → /.test(line)));
    },
  );
  await completeApi(deployed, account);
  await trustLocalKeys(deployed, account, api);
  const proxy = await startMotoWithExport(moto, deployed.body);
  try {
    await checkSound({ ...context, deployed }, proxy.origin, report);
    await checkFaults({ ...context, deployed }, proxy.origin, report);
  } finally {
    await stop(proxy.server);
  }
}

const DROPPED = ["issuers", "routes", "authorizers", "deployment", "gateway-responses"];

async function checkSound(
  { deployed, api, moto }: DoctorContext,
  endpoint: string,
  report: Report,
): Promise<void> {
  const environment = { ...moto.environment, AWS_ENDPOINT_URL: endpoint };
  const token = await mintToken(api, {});
  await report.check("doctor: reports no fault of a sound deployment, run as a command", async () => {
    const { status, checked, text } = await runDoctor(
      deployed,
      { ...environment, PORTCULLIS_TOKEN: token },
      "--url",
      api.origin,
    );
    equal([reported(checked), status], [[], 0]);
    // The issuers' keys on this machine have no discovery document.
    equal(unchecked(checked), ["issuers", "issuers"]);
    ok(!token.split(".").some((part) => text.includes(part)), "the token was printed");
  });
  await report.check("doctor: reports the setting for a token of another audience", async () => {
    const other = await mintToken(api, { aud: "another-api" });
    const { status, checked } = await runDoctor(deployed, { ...environment, PORTCULLIS_TOKEN: other });
    equal([status, failing(checked)], [1, ["token"]]);
    ok(reported(checked).some((line) => /audience_wrong.*audiences in Terraform's issuers/.test(line)));
  });
}

const mintToken = (api: DeployedApi, claims: Readonly<Record<string, string>>): Promise<string> =>
  mint({ tenants: ["acme"], roles: ["viewer"], claims }, (issuer) => api.provider(issuer));

/** Runs the doctor in this process, because a command takes seconds to start. */
async function checkFaults(
  { deployed, account }: DoctorContext,
  endpoint: string,
  report: Report,
): Promise<void> {
  const { workspace, outputs, policies } = deployed;
  const deployedTarget = targetOf({ ...outputs }, { environment: "dev", adopted: false });
  // The deployed URL cannot be reached. Only the command above gets the local one.
  const target = { ...deployedTarget, url: undefined };
  const build = readBuild(`${workspace.folder}/build`, `${workspace.folder}/policies`, target.mode);
  const apiGatewayV2 = new ApiGatewayV2Client({ endpoint, region: REGION });
  const aws = { ...account, apiGateway: apiGatewayAt(endpoint), apiGatewayV2 };
  const runChecks = async (): Promise<Checked[]> =>
    examine(await gather(aws, { target, build, policies, token: undefined, local: true }));
  for (const fault of listFaults(deployed, account))
    await report.check(`doctor: finds ${fault.title}, and reports how to fix it`, async () => {
      const undo = await fault.plant();
      try {
        const checked = await runChecks();
        equal(failing(checked), [...fault.checks].sort(byOrderIn(checked)));
        ok(
          reported(checked).some((line) => fault.finding.test(line)),
          reported(checked).join("\n"),
        );
      } finally {
        await undo();
      }
    });
  await report.check("doctor: reports no fault after every fault is undone", async () =>
    equal(reported(await runChecks()), []),
  );
  aws.apiGateway.destroy();
}

const byOrderIn =
  (checked: readonly Checked[]) =>
  (a: string, b: string): number =>
    checked.findIndex(({ check }) => check === a) - checked.findIndex(({ check }) => check === b);

/** Returns the names of the checks with an error. */
const failing = (checked: readonly Checked[]): string[] =>
  checked
    .filter(({ findings }) => findings.some(({ severity }) => severity === "error"))
    .map(({ check }) => check);

/** Returns the name of the check for each part that was not checked. */
const unchecked = (checked: readonly Checked[]): string[] =>
  checked.flatMap(({ check, findings }) =>
    findings.filter(({ severity }) => severity === "unchecked").map(() => check),
  );

/** Returns a line for each error and warning. */
const reported = (checked: readonly Checked[]): string[] =>
  checked.flatMap(({ check, findings }) =>
    findings
      .filter(({ severity }) => severity === "error" || severity === "warning")
      .map(({ severity, evidence, fix }) => `${check} ${severity}: ${evidence} → ${fix}`),
  );

async function runDoctor({ workspace }: Deployed, env: NodeJS.ProcessEnv, ...more: string[]) {
  const { status, stdout, stderr } = await workspace.run("doctor", ["--format", "json", ...more], env);
  if (!stdout.startsWith("{")) throw new Error(`doctor ended with ${status}\n${stdout}${stderr}`);
  const { checks } = JSON.parse(stdout) as { checks: Checked[] };
  return { status, checked: checks, text: stdout + stderr };
}
