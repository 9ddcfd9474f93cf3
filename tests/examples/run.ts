import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readFlags, runCommand } from "../../cli/shared/flags.ts";
import { startProduct } from "../package/product.ts";
import { createReport, type Report } from "../terraform/moto/support/report.ts";
import { installBackend, packBoth, startBackend } from "./packages/backend.ts";
import { tryCdktf } from "./packages/cdktf.ts";
import { tryMcpClient } from "./packages/mcp-client.ts";
import { tryBackend } from "./packages/requests.ts";

const USAGE = `npm run test:examples -- [--full]

Tests the examples that have packages of their own: installs them into a temporary folder from their lock files, and
runs express and fastify behind the local gateway, and mcp-client in front of it.
  --full  also runs cdktf, which needs 460 MB, Terraform and moto for python3`;

await runCommand(USAGE, async () => {
  const { values } = readFlags(process.argv.slice(2), {
    full: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  });
  if (values.help) {
    say(USAGE);
    return 0;
  }
  const report = createReport(say);
  const folder = mkdtempSync(join(tmpdir(), "portcullis-examples-"));
  try {
    const tarballs = await packBoth(folder);
    for (const name of ["express", "fastify"])
      await attempt(report, name, async () =>
        tryExample(name, await installBackend(name, tarballs, folder), report),
      );
    await attempt(report, "mcp-client", () => tryMcpClient(folder, report));
    if (values.full) await attempt(report, "cdktf", () => tryCdktf(folder, report));
    else say("cdktf is skipped: use --full to run it");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return report.end();
});

/** Runs an example behind the gateway of its own folder, as its README says. */
async function tryExample(name: string, installed: string, report: Report): Promise<void> {
  const backend = await startBackend(installed);
  try {
    const gateway = await startProduct(installed, "--backend", `billing=${backend.origin}`);
    await tryBackend(name, backend, { folder: installed, port: gateway.port }, report).finally(gateway.stop);
  } finally {
    backend.stop();
  }
}

/** Reports an error as a failure, so that the other examples still run. */
async function attempt(report: Report, name: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    report.count(name, error instanceof Error ? error.message : String(error));
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
