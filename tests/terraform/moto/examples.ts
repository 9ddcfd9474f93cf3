import { ok } from "node:assert";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { extract, pack, portcullis, unpack } from "../../package/package.ts";
import { runCommand } from "./support/command.ts";
import { createBucket, type Moto } from "./support/moto.ts";
import type { Report } from "./support/report.ts";
import { succeed, type Terraform, terraformFor } from "./support/terraform.ts";

const EXAMPLES = fileURLToPath(new URL("../../../examples", import.meta.url));

/**
 * Every example that calls the module of the package, used as its README says: in a folder of its own with the packed
 * package, built, initialised, validated, and planned for each of its environments.
 */
export async function planExamples(moto: Moto, report: Report): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), "portcullis-examples-"));
  try {
    await unpack(home);
    const tarball = await pack(home);
    const names = readdirSync(EXAMPLES).filter(callsThePackage);
    ok(names.length >= 3, `examples that call the package: ${names.join()}`);
    const buckets = new Set<string>();
    for (const name of names) {
      const folder = join(home, name);
      cpSync(join(EXAMPLES, name), folder, { recursive: true, filter: isSource });
      await extract(tarball, join(folder, "node_modules/portcullis"));
      await report.check(`example ${name}: is built`, () => portcullis(home, folder, "build"));
      await planEach(folder, moto, buckets, report);
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function callsThePackage(name: string): boolean {
  const file = join(EXAMPLES, name, "main.tf");
  return existsSync(file) && readFileSync(file, "utf8").includes('source = "./node_modules/portcullis"');
}

const isSource = (path: string): boolean =>
  !["node_modules", "build", ".terraform", ".terraform.lock.hcl"].includes(basename(path));

async function planEach(folder: string, moto: Moto, buckets: Set<string>, report: Report): Promise<void> {
  const name = basename(folder);
  const environments = readdirSync(join(folder, "environments")).flatMap(
    (file) => /^(.+)\.tfvars$/.exec(file)?.[1] ?? [],
  );
  ok(environments.length > 0, `${name} has no environment`);
  for (const environment of environments) {
    const terraform = terraformFor({ folder }, moto, environment);
    await report.check(`example ${name}: ${environment} is initialised and planned`, async () => {
      await ensureBucket(join(folder, `environments/${environment}.tfbackend`), moto, buckets);
      await terraform.init();
      const { told } = await terraform.plan();
      for (const expected of [...PLANNED, ...(OWN[`${name} ${environment}`] ?? [])])
        ok(told.includes(expected), `the plan does not have ${expected}`);
      for (const unwanted of FOREIGN[`${name} ${environment}`] ?? [])
        ok(!told.includes(unwanted), `the plan has ${unwanted}`);
    });
    const more = REFUSED[`${name} ${environment}`];
    if (more !== undefined)
      await report.check(`example ${name}: ${environment} ${more.title}`, () => refuses(terraform, more));
  }
  const args = ["validate", "-no-color"];
  await report.check(`example ${name}: is valid`, () =>
    succeed(runCommand("terraform", args, { cwd: folder, env: moto.environment, timeout: 120 }), args),
  );
}

async function refuses(terraform: Terraform, { flag, message }: Refused): Promise<void> {
  const told = await terraform.failingPlan(flag);
  ok(told.includes(message), told);
}

async function ensureBucket(file: string, moto: Moto, buckets: Set<string>): Promise<void> {
  const bucket = /^bucket\s*=\s*"([^"]+)"/m.exec(readFileSync(file, "utf8"))?.[1];
  if (bucket === undefined) throw new Error(`${basename(file)} names no bucket`);
  if (!buckets.has(bucket)) await createBucket(moto, bucket);
  buckets.add(bucket);
}

const MODULE = "module.portcullis.module";
const tenant = (id: string): string =>
  `${MODULE}.permissions.aws_dynamodb_table_item.tenant["TENANT#${id}/TENANT"]`;
const PLANNED = [
  `${MODULE}.api[0].aws_api_gateway_rest_api.this`,
  `${MODULE}.authorizer.aws_lambda_function.this`,
  `${MODULE}.permissions.aws_dynamodb_table.this`,
];

/** What an environment's plan must have, and what only another's may. */
const OWN: Readonly<Record<string, readonly string[]>> = {
  "quick-start dev": [tenant("acme"), tenant("globex")],
  "auth0 dev": [tenant("org_9XyZacme00000001")],
  "multi-environment dev": [tenant("acme"), tenant("playground")],
  "multi-environment staging": [tenant("acme"), tenant("load")],
  "multi-environment prod": [
    tenant("acme"),
    tenant("globex"),
    `${MODULE}.api[0].aws_api_gateway_rest_api_policy.this`,
  ],
};
const FOREIGN: Readonly<Record<string, readonly string[]>> = {
  "multi-environment dev": [tenant("globex"), tenant("load")],
  "multi-environment prod": [tenant("playground"), tenant("load"), `${MODULE}.sample_backend`],
};

interface Refused {
  readonly title: string;
  readonly flag: string;
  readonly message: string;
}
const REFUSED: Readonly<Record<string, Refused>> = {
  "multi-environment prod": {
    title: "is not planned without its own backend",
    flag: "-var=backends={}",
    message: "backends must have orders in prod",
  },
};
