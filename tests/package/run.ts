import { deepStrictEqual as equal, ok } from "node:assert";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CommandResult, runCommand } from "../terraform/moto/support/command.ts";
import { createReport, type Report } from "../terraform/moto/support/report.ts";
import { install, pack } from "./package.ts";
import { startProduct } from "./product.ts";

/** The smallest possible API of a team. */
const OPENAPI = `openapi: 3.0.3
info: { title: Notes, version: "1" }
paths:
  /notes:
    get: { tags: [notes] }
    post: { tags: [notes] }
  /notes/{noteId}:
    delete: { tags: [notes] }
`;

/** Installs the packed package into an empty folder and uses it there like a user, without Terraform. */
async function testPackage(report: Report, folder: string): Promise<void> {
  const tarball = await pack(folder);
  const team = join(folder, "team");
  mkdirSync(team);
  await report.check("the packed package installs into an empty folder", () => install(tarball, team));
  writeFileSync(join(team, "openapi.yaml"), OPENAPI);
  const portcullis = (...args: string[]) =>
    runCommand("npx", ["--no-install", "portcullis", ...args], { cwd: team, env: process.env, timeout: 120 });
  await report.check("it contains no tests, and neither provider nor backend", () => {
    const inside = join(team, "node_modules/portcullis");
    for (const path of ["tests", "root.tf", "tests/package/run.ts", "tests/terraform"])
      ok(!existsSync(join(inside, path)), `${path} is packed`);
  });
  await report.check("init creates policies, an environment and the module call", async () => {
    await succeeds(portcullis("init", "--openapi", "openapi.yaml"));
    for (const path of ["policies/api.yaml", "main.tf", "environments/dev.tfvars", ".gitignore"])
      ok(existsSync(join(team, path)), `${path} is missing`);
  });
  await report.check("init overwrites no file", async () => {
    const before = readFileSync(join(team, "main.tf"), "utf8");
    const again = await portcullis("init", "--openapi", "openapi.yaml", "--out", "others");
    equal([again.status, readFileSync(join(team, "main.tf"), "utf8")], [0, before]);
    rmSync(join(team, "others"), { recursive: true });
  });
  await report.check("check and test use the working directory", async () => {
    ok((await succeeds(portcullis("check", "--strict"))).includes("policies is fine for dev: 3 routes"));
    ok((await succeeds(portcullis("test"))).includes("policy tests passed"));
  });
  await report.check("build writes below the working directory", async () => {
    await succeeds(portcullis("build"));
    for (const path of ["manifest.json", "authorizer.zip", "api/token.json"])
      ok(existsSync(join(team, "build", path)), `build/${path} is missing`);
    ok(!existsSync(join(team, "node_modules/portcullis/build")));
  });
  await report.check("console build writes the page below the working directory", async () => {
    await succeeds(portcullis("console", "build"));
    for (const path of ["index.html", "console.js", "console/policies.json", "licences.txt"])
      ok(existsSync(join(team, "build/console", path)), `build/console/${path} is missing`);
  });
  await report.check("the help and the message for a wrong verb name npx portcullis", async () => {
    const { status, stderr } = await portcullis("chek");
    equal(status, 2);
    ok(stderr.includes('did you mean "check"') && stderr.includes("npx portcullis <verb>"), stderr);
    const { stdout } = await portcullis("--help");
    ok(stdout.includes("  start ") && !stdout.includes("npm run"), stdout);
  });
  await report.check("start and token: 200, 403 and 401", async () => {
    const product = await startProduct(team);
    try {
      const token = await succeeds(
        portcullis("token", "--port", product.port, "--tenant", "example", "--role", "reader"),
      );
      equal(await Promise.all([product.request("GET", token), product.request("POST", token)]), [200, 403]);
      equal(await product.request("GET", undefined), 401);
    } finally {
      product.stop();
    }
  });
}

async function succeeds(result: Promise<CommandResult>): Promise<string> {
  const { status, stdout, stderr } = await result;
  ok(status === 0, stderr || `exit status ${String(status)}`);
  return stdout.trim();
}

const report = createReport((line) => void process.stdout.write(`${line}\n`));
const folder = mkdtempSync(join(tmpdir(), "portcullis-package-"));
try {
  await testPackage(report, folder);
} catch (error) {
  report.count("npm run test:package", error instanceof Error ? error.message : String(error));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = report.end();
