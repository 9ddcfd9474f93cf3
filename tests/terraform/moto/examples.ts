import { ok } from "node:assert";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { extract, portcullis, unpack } from "../../package/package.ts";
import { checkPackage } from "./support/check-package.ts";
import { createBucket, type Moto } from "./support/moto.ts";
import type { Report } from "./support/report.ts";
import { type Terraform, terraformFor } from "./support/terraform.ts";

const EXAMPLES = fileURLToPath(new URL("../../../examples", import.meta.url));

/**
 * Checks the output of `init`, and every example that calls the package's module, with the steps of its README: in its
 * own folder with the packed package, it is built, initialised and planned for each of its environments.
 */
export async function planExamples(moto: Moto, report: Report): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), "portcullis-examples-"));
  try {
    const tarball = await unpack(home);
    await checkPackage(home, tarball, moto, report);
    const names = readdirSync(EXAMPLES).filter(callsThePackage);
    ok(names.length >= 3, `At least 3 examples must call the package, but only ${names.join()} do`);
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
      const { output } = await terraform.plan();
      for (const expected of [...PLANNED, ...(OWN[`${name} ${environment}`] ?? [])])
        ok(output.includes(expected), `the plan does not have ${expected}`);
      for (const unwanted of FOREIGN[`${name} ${environment}`] ?? [])
        ok(!output.includes(unwanted), `the plan has ${unwanted}`);
    });
    const rejected = REJECTED[`${name} ${environment}`];
    if (rejected !== undefined)
      await report.check(`example ${name}: ${environment} ${rejected.title}`, () =>
        checkRejected(terraform, rejected),
      );
  }
}

async function checkRejected(terraform: Terraform, { flag, message }: RejectedPlan): Promise<void> {
  const output = await terraform.failingPlan(flag);
  ok(output.includes(message), output);
}

async function ensureBucket(file: string, moto: Moto, buckets: Set<string>): Promise<void> {
  const bucket = /^bucket\s*=\s*"([^"]+)"/m.exec(readFileSync(file, "utf8"))?.[1];
  if (bucket === undefined) throw new Error(`${basename(file)} has no bucket`);
  if (!buckets.has(bucket)) await createBucket(moto, bucket);
  buckets.add(bucket);
}

const MODULE = "module.portcullis.module";
/** Returns the address of a tenant's item, whose key has the id in lower case. */
const tenant = (id: string): string =>
  `${MODULE}.permissions.aws_dynamodb_table_item.tenant["TENANT#${id.toLowerCase()}/TENANT"]`;
const PLANNED = [
  `${MODULE}.api[0].aws_api_gateway_rest_api.this`,
  `${MODULE}.authorizer.aws_lambda_function.this`,
  `${MODULE}.permissions.aws_dynamodb_table.this`,
];

/** Resources that an environment's plan must have. */
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
/** Resources of other environments, which an environment's plan must not have. */
const FOREIGN: Readonly<Record<string, readonly string[]>> = {
  "multi-environment dev": [tenant("globex"), tenant("load")],
  "multi-environment prod": [tenant("playground"), tenant("load"), `${MODULE}.sample_backend`],
};

interface RejectedPlan {
  readonly title: string;
  readonly flag: string;
  readonly message: string;
}
const REJECTED: Readonly<Record<string, RejectedPlan>> = {
  "multi-environment prod": {
    title: "is not planned without its own backend",
    flag: "-var=backends={}",
    message: "backends must have orders in prod",
  },
};
