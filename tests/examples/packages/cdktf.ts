import { ok } from "node:assert";
import { join } from "node:path";
import { extract, pack, portcullis, succeeds, unpack } from "../../package/package.ts";
import { createBucket, startMoto } from "../../terraform/moto/support/moto.ts";
import type { Report } from "../../terraform/moto/support/report.ts";
import { terraformIn } from "../../terraform/moto/support/terraform.ts";
import { installExample } from "./backend.ts";

const STACKS = ["dev", "prod"];
const QUIET: NodeJS.ProcessEnv = {
  ...process.env,
  CHECKPOINT_DISABLE: "1",
  DISABLE_VERSION_CHECK: "1",
  CI: "1",
};

/** Installs examples/cdktf, generates the construct, synthesises both stacks and plans them against moto. */
export async function tryCdktf(folder: string, report: Report): Promise<void> {
  const example = await installExample("cdktf", folder);
  await unpack(folder);
  await extract(await pack(folder), join(example, "node_modules/portcullis"));
  const local = (program: string, ...args: string[]) =>
    succeeds(process.execPath, [join(example, "node_modules/.bin", program), ...args], example, QUIET);
  await report.check("cdktf: is built", () => portcullis(folder, example, "build"));
  await report.check("cdktf: get generates the construct, and main.ts fits its types", async () => {
    await local("cdktf", "get");
    await local(
      "tsc",
      "--noEmit",
      "--strict",
      "--skipLibCheck",
      "--module",
      "preserve",
      "--target",
      "es2022",
      "main.ts",
    );
  });
  await report.check("cdktf: synth writes both stacks", () => local("cdktf", "synth"));
  const moto = await startMoto("plain");
  try {
    await createBucket(moto, "my-terraform-state");
    for (const stack of STACKS)
      await report.check(`cdktf: ${stack} is initialised and planned`, async () => {
        const terraform = terraformIn({ folder: join(example, "cdktf.out/stacks", stack) }, moto, [], []);
        await terraform.init();
        const { output } = await terraform.plan();
        ok(output.includes('aws_dynamodb_table_item.tenant["TENANT#acme/TENANT"]'), output);
      });
  } finally {
    await moto.stop();
  }
}
