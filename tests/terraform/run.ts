import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "@cdktn/hcl2json";
import { createLogRole, keepLogRole } from "./moto/account-logging.ts";
import { adoptExamples } from "./moto/adopt.ts";
import { changeHttpApi, changeRunningStage } from "./moto/changes.ts";
import { deployCognito } from "./moto/deploy-cognito.ts";
import { deployDev } from "./moto/deploy-dev.ts";
import { deployStaging } from "./moto/deploy-staging.ts";
import { planExamples } from "./moto/examples.ts";
import { checkKeeper } from "./moto/keeper.ts";
import { checkRestore } from "./moto/restore.ts";
import { openAccount } from "./moto/support/account.ts";
import { createBackendFunction } from "./moto/support/backend-function.ts";
import type { Environment } from "./moto/support/environment.ts";
import { findLeftovers } from "./moto/support/leftovers.ts";
import { runMockTests } from "./moto/support/mock-tests.ts";
import { createBucket, type Moto, type MotoKind, startMoto } from "./moto/support/moto.ts";
import { NOT_VERIFIED } from "./moto/support/not-verified.ts";
import { missingPrerequisites } from "./moto/support/prerequisites.ts";
import { createReport, type Report } from "./moto/support/report.ts";
import { createWorkspace, type Workspace } from "./moto/support/workspace.ts";
import { checkTenantTable } from "./moto/tenant-table.ts";
import { checkUpgrades } from "./moto/upgrade.ts";

const USAGE = `npm run test:terraform [-- PART …]

Parts: modules (mock tests), packages (package, examples, tenant table, restore, upgrade, keeper), adopt, deployment, changes; all by default.`;

/**
 * Deploys the unmodified root module to moto, a simulation of AWS. Reads the deployment back, runs it, changes it,
 * deploys a second environment and the example with Cognito next to it, and destroys all of them. The modules' mock
 * tests run at the same time. Everything runs on moto with the semantics of AWS; what has other results on plain moto
 * runs on both.
 */
async function testTerraform(selected: readonly string[], report: Report): Promise<void> {
  const workspace = createWorkspace();
  const cleanup: (() => unknown)[] = [() => workspace.remove()];
  try {
    await workspace.build();
    const modules = copyWorkspace(workspace, cleanup);
    const start = async (kind: MotoKind): Promise<Moto> => {
      const moto = await startMoto(kind);
      cleanup.unshift(() => moto.stop());
      return moto;
    };
    const moto = await start("like-aws");
    const parts: Readonly<Record<string, () => Promise<void>>> = {
      modules: () => step(report, "modules", () => runMockTests(modules, report)),
      // One after the other, because more Terraform processes at once would be slower.
      packages: async () => {
        await step(report, "package and examples", () => planExamples(moto, report));
        await step(report, "tenant-table", () => checkTenantTable(moto, report));
        await step(report, "restore", () => checkRestore(workspace, moto, report));
        // On a moto of its own, because the deployed names are those of the other parts.
        await step(report, "upgrade", async () =>
          checkUpgrades(copyWorkspace(workspace, cleanup), await start("like-aws"), report),
        );
        await step(report, "keeper", () => checkKeeper(copyWorkspace(workspace, cleanup), moto, report));
      },
      adopt: () => step(report, "adopt", () => adopt(copyWorkspace(workspace, cleanup), moto, report)),
      deployment: () =>
        step(report, "deployment", () => {
          const copies = [copyWorkspace(workspace, cleanup), copyWorkspace(workspace, cleanup)] as const;
          return deployAll(workspace, ...copies, moto, report);
        }),
      changes: async () => {
        for (const kind of ["like-aws", "plain"] as const)
          await step(report, `changes on moto, ${kind}`, async () => {
            const own = await start(kind);
            await changeRunningStage(copyWorkspace(workspace, cleanup), own, report);
            await changeHttpApi(copyWorkspace(workspace, cleanup), own, report);
          });
      },
    };
    const unknown = selected.filter((name) => !Object.hasOwn(parts, name));
    if (unknown.length > 0) throw new Error(`There is no part ${unknown.join(", ")}\n${USAGE}`);
    await Promise.all((selected.length > 0 ? selected : Object.keys(parts)).map((name) => parts[name]?.()));
  } finally {
    for (const end of cleanup) await end();
  }
}

async function deployAll(
  dev: Workspace,
  staging: Workspace,
  cognito: Workspace,
  moto: Moto,
  report: Report,
): Promise<void> {
  const account = openAccount(moto);
  try {
    for (const bucket of await readBuckets()) await createBucket(moto, bucket);
    const documents = await createBackendFunction(account, staging);
    const logRole = await createLogRole(dev, moto, account, report);
    const first = await deployDev(dev, moto, account, report);
    const [, second, third] = await Promise.all([
      step(report, "dev", () => first.check()),
      deployAndCheck(report, "staging", () => deployStaging(staging, moto, account, documents, report)),
      deployAndCheck(report, "the example with Cognito", () => deployCognito(cognito, moto, account, report)),
    ]);
    await Promise.all([
      report.check("dev is destroyed", () => first.destroy()),
      report.check("staging is destroyed", () => second?.destroy()),
      report.check("the example with Cognito is destroyed", () => third?.destroy()),
    ]);
    await keepLogRole(logRole, moto, account, report);
    await report.check("no resource is left", async () => {
      const leftovers = await findLeftovers(account);
      if (leftovers.length > 0) throw new Error(leftovers.join("\n"));
    });
  } finally {
    account.close();
  }
}

async function adopt(workspace: Workspace, moto: Moto, report: Report): Promise<void> {
  const account = openAccount(moto);
  try {
    await adoptExamples(workspace, moto, account, report);
  } finally {
    account.close();
  }
}

/** Deploys and checks an environment. Returns it even if a check fails, so that it can be destroyed. */
async function deployAndCheck(
  report: Report,
  name: string,
  deploy: () => Promise<Environment>,
): Promise<Environment | undefined> {
  let environment: Environment | undefined;
  await step(report, name, async () => {
    environment = await deploy();
    await environment.check();
  });
  return environment;
}

/** Runs a step. If it throws, it counts as failed, and the other steps continue. */
async function step(report: Report, name: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    report.count(name, error instanceof Error ? error.message : String(error));
  }
}

function copyWorkspace(workspace: Workspace, cleanup: (() => unknown)[]): Workspace {
  const copy = workspace.copy();
  cleanup.push(() => copy.remove());
  return copy;
}

/** Returns the buckets of the environments' states. */
async function readBuckets(): Promise<Set<string>> {
  const files = ["dev", "staging"].map((name) =>
    fileURLToPath(new URL(`../../environments/${name}.tfbackend`, import.meta.url)),
  );
  const settings = await Promise.all(files.map((file) => parse("backend.tf", readFileSync(file, "utf8"))));
  return new Set(settings.map(({ bucket }) => String(bucket)));
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
const report = createReport(say);
const missing = await missingPrerequisites();
for (const what of missing) report.count("prerequisites of this test", what);
if (missing.length === 0)
  await step(report, "npm run test:terraform", () => testTerraform(process.argv.slice(2), report));
for (const what of NOT_VERIFIED) report.notVerified(what);
process.exitCode = report.end();
