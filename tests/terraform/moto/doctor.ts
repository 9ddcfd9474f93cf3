import { deepStrictEqual as equal, ok } from "node:assert";
import { readBuild } from "../../../cli/doctor/build.ts";
import { type Checked, examine } from "../../../cli/doctor/checks.ts";
import { gather } from "../../../cli/doctor/gather.ts";
import { targetOf } from "../../../cli/doctor/target.ts";
import { stop } from "../../end-to-end/issuers.ts";
import { mint } from "../../end-to-end/tokens.ts";
import { type Deployed, readDeployed } from "./deployed.ts";
import type { DeployedFront } from "./deployed-front.ts";
import { faultsIn } from "./doctor/faults.ts";
import { apiGatewayAt, completeApi, exportingMoto, trustLocalKeys } from "./doctor/stand.ts";
import type { Account } from "./support/account.ts";
import { runCommand } from "./support/command.ts";
import type { Moto } from "./support/moto.ts";
import type { Report } from "./support/report.ts";
import type { Terraform } from "./support/terraform.ts";

interface Patient {
  readonly deployed: Deployed;
  readonly terraform: Terraform;
  readonly front: DeployedFront;
  readonly account: Account;
  readonly moto: Moto;
}

/**
 * Has the doctor look at dev as moto has it, and then, with what moto dropped made by calls, at a sound
 * deployment, in which one fault after the other is planted.
 */
export async function examineDeployment(patient: Patient, report: Report): Promise<void> {
  const { terraform, front: apiType, account, moto } = patient;
  const deployed = await readDeployed(patient.deployed.workspace, terraform, "dev");
  await report.check("doctor: names what moto drops of an import, and what cannot be reached", async () => {
    const { status, checked } = await command(deployed, moto.environment);
    equal([status, failing(checked)], [1, DROPPED]);
    ok(told(checked).some((line) => /not found: the authorizer portcullis_g1 → /.test(line)));
  });
  await completeApi(deployed, account);
  await trustLocalKeys(deployed, account, apiType);
  const standIn = await exportingMoto(moto, deployed.body);
  try {
    await examineSound({ ...patient, deployed }, standIn.origin, report);
    await examineFaults({ ...patient, deployed }, standIn.origin, report);
  } finally {
    await stop(standIn.server);
  }
}

const DROPPED = ["issuers", "routes", "authorizers", "deployment", "gateway-responses"];

async function examineSound(
  { deployed, front: apiType, moto }: Patient,
  endpoint: string,
  report: Report,
): Promise<void> {
  const environment = { ...moto.environment, AWS_ENDPOINT_URL: endpoint };
  const token = await tokenFor(apiType, {});
  await report.check("doctor: finds nothing wrong with a sound deployment, by its command", async () => {
    const { status, checked, text } = await command(
      deployed,
      { ...environment, PORTCULLIS_TOKEN: token },
      "--url",
      apiType.origin,
    );
    equal([told(checked), status], [[], 0]);
    ok(!token.split(".").some((part) => text.includes(part)), "the token was printed");
  });
  await report.check("doctor: names the setting for a token of another audience", async () => {
    const other = await tokenFor(apiType, { aud: "another-api" });
    const { status, checked } = await command(deployed, { ...environment, PORTCULLIS_TOKEN: other });
    equal([status, failing(checked)], [1, ["token"]]);
    ok(told(checked).some((line) => /audience_wrong.*audiences in Terraform's issuers/.test(line)));
  });
}

const tokenFor = (apiType: DeployedFront, claims: Readonly<Record<string, string>>): Promise<string> =>
  mint({ tenants: ["acme"], roles: ["viewer"], claims }, (issuer) => apiType.provider(issuer));

/** In this process, since a command takes seconds to start. */
async function examineFaults(
  { deployed, account }: Patient,
  endpoint: string,
  report: Report,
): Promise<void> {
  const { workspace, outputs, policies } = deployed;
  const asked = targetOf({ ...outputs }, { environment: "dev", adopted: false });
  // The API's URL is on no machine; the command was given the one of this.
  const target = { ...asked, url: undefined };
  const build = readBuild(`${workspace.folder}/build`, `${workspace.folder}/policies`, target.mode);
  const aws = { ...account, apiGateway: apiGatewayAt(endpoint) };
  const look = async (): Promise<Checked[]> =>
    examine(await gather(aws, { target, build, policies, token: undefined, local: true }));
  for (const fault of faultsIn(deployed, account))
    await report.check(`doctor: finds ${fault.title}, and says what mends it`, async () => {
      const undo = await fault.plant();
      try {
        const checked = await look();
        equal(failing(checked), [...fault.checks].sort(byOrderOf(checked)));
        ok(
          told(checked).some((line) => fault.told.test(line)),
          told(checked).join("\n"),
        );
      } finally {
        await undo();
      }
    });
  await report.check("doctor: finds nothing wrong once every fault is undone", async () =>
    equal(told(await look()), []),
  );
  aws.apiGateway.destroy();
}

const byOrderOf =
  (checked: readonly Checked[]) =>
  (a: string, b: string): number =>
    checked.findIndex(({ check }) => check === a) - checked.findIndex(({ check }) => check === b);

/** The checks with an error. */
const failing = (checked: readonly Checked[]): string[] =>
  checked
    .filter(({ findings }) => findings.some(({ severity }) => severity === "error"))
    .map(({ check }) => check);

const told = (checked: readonly Checked[]): string[] =>
  checked.flatMap(({ check, findings }) =>
    findings
      .filter(({ severity }) => severity !== "note")
      .map(({ severity, evidence, fix }) => `${check} ${severity}: ${evidence} → ${fix}`),
  );

async function command({ workspace }: Deployed, env: NodeJS.ProcessEnv, ...more: string[]) {
  const args = ["node_modules/tsx/dist/cli.mjs", "cli/policies.ts", "doctor", "--json", ...more];
  const { status, stdout, stderr } = await runCommand(process.execPath, args, {
    ...{ cwd: workspace.folder, env, timeout: 120 },
  });
  if (!stdout.startsWith("{")) throw new Error(`doctor ended with ${status}\n${stdout}${stderr}`);
  const { checks } = JSON.parse(stdout) as { checks: Checked[] };
  return { status, checked: checks, text: stdout + stderr };
}
