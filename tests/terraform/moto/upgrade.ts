import { deepStrictEqual as equal, ok } from "node:assert";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { VALUES, writeValues } from "./support/environment.ts";
import type { Moto } from "./support/moto.ts";
import type { Report } from "./support/report.ts";
import { type Terraform, terraformIn } from "./support/terraform.ts";
import type { Workspace } from "./support/workspace.ts";

const FROZEN = fileURLToPath(new URL("../../versions", import.meta.url));
const FILES = ["-var-file=environments/dev.tfvars", `-var-file=${VALUES}`];
const BACKENDS = { billing: { url: "https://billing.dev.quill.example/v1" } };
const PLAN = "upgrade.tfplan";

/** Deploys each released version, and upgrades it to the modules and the build of this version. */
export async function checkUpgrades(workspace: Workspace, moto: Moto, report: Report): Promise<void> {
  const versions = readdirSync(FROZEN).filter((name) => /^\d+\.\d+\.\d+$/.test(name));
  report.count(
    "a released version is frozen",
    versions.length > 0 ? undefined : `There is none in ${FROZEN}`,
  );
  for (const version of versions) {
    const folder = mkdtempSync(join(tmpdir(), "portcullis-upgrade-"));
    try {
      execFileSync("tar", ["-xzf", join(FROZEN, version, "terraform.tar.gz"), "-C", folder]);
      await upgrade(folder, workspace, terraformIn({ folder }, moto, FILES, []), (claim, run) =>
        report.check(`upgrade from ${version}: ${claim}`, run),
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

type Check = (claim: string, run: () => Promise<unknown>) => Promise<unknown>;

async function upgrade(
  folder: string,
  workspace: Workspace,
  terraform: Terraform,
  check: Check,
): Promise<void> {
  await check("the old version is applied", async () => {
    writeInputs(folder);
    keepStateHere(folder);
    await terraform.init();
    await terraform.apply();
  });
  await check("nothing is destroyed", async () => {
    await replaceSources(folder, workspace);
    writeInputs(folder, { history_export: { mode: "governance", retention_days: 1 } });
    await terraform.init();
    await terraform.plan(`-out=${PLAN}`);
    const changes = await terraform.changes(PLAN);
    const destroyed = changes.filter(({ change }) => change.actions.includes("delete"));
    equal(
      destroyed.map(({ address }) => address),
      [],
    );
    // An export of the history begins in the same plan, because the table must get its stream in place.
    const stream = changes.find(({ address }) => address === "module.permissions.aws_dynamodb_table.this");
    equal(stream?.change.actions, ["update"]);
  });
  await check("the plan after the upgrade is empty", async () => {
    await terraform.apply(PLAN);
    const { changes, output } = await terraform.plan();
    ok(!changes, output);
  });
  await check("all of it is destroyed", () => terraform.destroy());
}

const writeInputs = (folder: string, others: Readonly<Record<string, object>> = {}): void =>
  writeValues(
    { write: (path, content) => writeFileSync(join(folder, path), content) },
    "dev",
    BACKENDS,
    others,
  );

/** Replaces modules and build in a folder by those of this version. The policy files stay. */
async function replaceSources(folder: string, workspace: Workspace): Promise<void> {
  const policies = join(workspace.folder, "policies");
  rmSync(policies, { recursive: true });
  cpSync(join(folder, "policies"), policies, { recursive: true });
  await workspace.build();
  const files = readdirSync(workspace.folder).filter((name) => name.endsWith(".tf"));
  for (const name of ["modules", "build", ...files]) {
    rmSync(join(folder, name), { recursive: true, force: true });
    cpSync(join(workspace.folder, name), join(folder, name), { recursive: true });
  }
  keepStateHere(folder);
}

/** Removes the backend, so that the state is a file in the folder. */
function keepStateHere(folder: string): void {
  const file = join(folder, "root.tf");
  const before = readFileSync(file, "utf8");
  const after = before.replace('  backend "s3" {}\n', "");
  ok(after !== before, "root.tf has no backend");
  writeFileSync(file, after);
}
