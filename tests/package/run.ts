import { deepStrictEqual as equal, ok } from "node:assert";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { unzipSync, zipSync } from "fflate";
import { VERBS } from "../../cli/verbs.ts";
import { TABLE_NAME } from "../../local/table/table.ts";
import { type CommandResult, runCommand } from "../terraform/moto/support/command.ts";
import { createReport, type Report } from "../terraform/moto/support/report.ts";
import { succeeds as done, extract, install, pack, portcullis as runPacked } from "./package.ts";
import { startProduct } from "./product.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PROGRAM = join(ROOT, "bin/portcullis.mjs");

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
  await report.check("the packed package installs into an empty folder", () => install(team, tarball));
  writeFileSync(join(team, "openapi.yaml"), OPENAPI);
  const portcullis = (...args: string[]) =>
    runCommand("npx", ["--no-install", "portcullis", ...args], { cwd: team, env: process.env, timeout: 120 });
  const inside = join(team, "node_modules/portcullis");
  await report.check("it installs no other package, and takes at most 10 MB", () => {
    const installed = readdirSync(join(team, "node_modules")).filter((name) => !name.startsWith("."));
    equal(installed, ["portcullis"]);
    const sizes = filesBelow(inside).map((path) => statSync(join(inside, path)).size);
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    ok(bytes <= 10_000_000, `${bytes} bytes`);
  });
  await report.check("it contains no tests, no sources, and neither provider nor backend", () => {
    for (const path of ["tests", "root.tf", "cli", "core", "packages", "tsconfig.json"])
      ok(!existsSync(join(inside, path)), `${path} is packed`);
    const sources = filesBelow(inside).filter(
      (path) => /\.tsx?$/.test(path) && !path.endsWith(".d.ts") && !path.startsWith("examples/"),
    );
    equal(sources, []);
  });
  await report.check("it has the licences and a valid SBOM of what is bundled", async () => {
    const sbom = readFileSync(join(inside, "dist/sbom.cdx.json"), "utf8");
    equal(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(sbom), null);
    const notices = readFileSync(join(inside, "dist/licences.txt"), "utf8");
    for (const name of ["zod", "yaml", "dynalite", "@aws-sdk/client-lambda"]) {
      ok(sbom.includes(`"purl": "pkg:npm/${name.replace("@", "%40")}@`), `the SBOM lacks ${name}`);
      ok(new RegExp(`^${name} \\d`, "m").test(notices), `licences.txt lacks ${name}`);
    }
  });
  await report.check(
    "it has the JSON Schemas of policy files and log lines, by paths and ids that stay the same",
    async () => {
      const program = `for (const name of ["role", "log-decision.v1"]) {
        const path = "portcullis/schema/" + name + ".schema.json";
        console.log((await import(path, { with: { type: "json" } })).default.$id);
      }`;
      const found = runCommand(
        process.execPath,
        ["--no-warnings", "--input-type=module", "--eval", program],
        { cwd: team, env: process.env, timeout: 60 },
      );
      equal(await succeeds(found), "urn:portcullis:schema:role\nurn:portcullis:schema:log-decision.v1");
    },
  );
  await report.check("--version prints the version of the package", async () => {
    const { version } = JSON.parse(readFileSync(join(inside, "package.json"), "utf8")) as { version: string };
    equal(await succeeds(portcullis("--version")), version);
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
    ok(!existsSync(join(inside, "build")));
  });
  await report.check("build writes the same bytes as in the checkout", async () => {
    const packed = hashes(join(team, "build"));
    await succeeds(
      runCommand(process.execPath, [PROGRAM, "build"], { cwd: team, env: process.env, timeout: 120 }),
    );
    equal(hashes(join(team, "build")), packed);
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
  await report.check("every verb prints its help", async () => {
    for (const [verb, { load }] of Object.entries(VERBS))
      equal(await succeeds(portcullis(verb, "--help")), (await load()).help);
  });
  for (const name of readdirSync(join(inside, "examples")))
    if (existsSync(join(inside, "examples", name, "policies")))
      await report.check(`its example ${name} is checked, tested and built in a copy of its folder`, () =>
        tryPolicies(team, name),
      );
  await report.check(
    "its example tenant-table is bundled with portcullis-caller in a copy of its folder",
    () => bundleTenantTable(folder, join(inside, "examples/tenant-table")),
  );
  await report.check("start and token: 200, 403 and 401", async () => {
    const product = await startProduct(team);
    try {
      const token = await succeeds(
        portcullis("token", "--port", product.port, "--tenant", "example", "--role", "reader"),
      );
      equal(await Promise.all([product.request("GET", token), product.request("POST", token)]), [200, 403]);
      equal(await product.request("GET", undefined), 401);
      await useLibrary(team, product.port);
    } finally {
      product.stop();
    }
  });
}

/** Runs the commands of an example's README that need no AWS. */
async function tryPolicies(team: string, name: string): Promise<void> {
  const copy = join(team, "examples", name);
  cpSync(join(team, "node_modules/portcullis/examples", name), copy, { recursive: true });
  for (const verb of ["check", "test", "build"]) await runPacked(team, copy, verb);
  ok(existsSync(join(copy, "build/authorizer.zip")));
}

/** Bundles the function as the README says, and sends it a request that did not come through the authorizer. */
async function bundleTenantTable(folder: string, example: string): Promise<void> {
  const copy = join(folder, "tenant-table");
  cpSync(example, copy, { recursive: true });
  await install(copy, await pack(folder, join(ROOT, "packages/caller")));
  symlinkSync(join(ROOT, "node_modules/@aws-sdk"), join(copy, "node_modules/@aws-sdk"));
  const options = ["--bundle", "--platform=node", "--target=node20", "--outfile=build/index.js"];
  await done(join(ROOT, "node_modules/.bin/esbuild"), ["index.ts", ...options, "--log-level=error"], copy);
  const call = `require("./build/index.js").handler({ requestContext: {} }).catch(({ name }) => console.log(name))`;
  const env = { ...process.env, TABLE_ARN: "arn", TENANT_ROLE_ARN: "arn", AWS_REGION: "eu-central-1" };
  equal(await done(process.execPath, ["-e", call], copy, env), "MissingCallerError\n");
}

/** A program that creates a tenant with the library, and prints it. */
const SIGN_UP = `import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { StoreError, type TenantStore, tenantStore } from "portcullis/table";

const store: TenantStore = tenantStore({ client: new DynamoDBClient({}), table: process.argv[2] ?? "", who: "sign-up" });
console.log(await store.putTenant({ id: "umbrella", plan: "standard" }, "signed up"));
const failure = await store.putTenant({ id: "a", plan: "nope" }, "").catch((error: unknown) => error);
console.log(failure instanceof StoreError ? failure.code : failure);
// @ts-expect-error an id is a string
store.putTenant({ id: 7 }, "").catch(() => {});
`;

/** Type-checks a program that uses `portcullis/table`, and runs it against the local stack. */
async function useLibrary(team: string, port: string): Promise<void> {
  // The SDK is the user's own.
  for (const name of ["@aws-sdk", "@smithy", "@types"])
    symlinkSync(join(ROOT, "node_modules", name), join(team, "node_modules", name));
  writeFileSync(join(team, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(join(team, "sign-up.ts"), SIGN_UP);
  const options = [
    "--module",
    "nodenext",
    "--target",
    "es2023",
    "--strict",
    "--types",
    "node",
    "--outDir",
    "out",
  ];
  await succeeds(
    runCommand(process.execPath, [join(ROOT, "node_modules/.bin/tsc"), ...options, "sign-up.ts"], {
      cwd: team,
      env: process.env,
      timeout: 120,
    }),
  );
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
  };
  const program = runCommand(process.execPath, ["out/sign-up.js", TABLE_NAME], {
    cwd: team,
    env,
    timeout: 60,
  });
  equal((await succeeds(program)).split("\n"), ["done", "plan_unknown"]);
}

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

const hashes = (folder: string): Record<string, string> =>
  Object.fromEntries(
    filesBelow(folder)
      .filter((path) => !path.startsWith("console/"))
      .map((path) => [
        path,
        createHash("sha256")
          .update(readFileSync(join(folder, path)))
          .digest("hex"),
      ]),
  );

/** Rebuilds a release from the tag of a clone, compares, and finds a change of one byte. */
async function testRelease(report: Report, folder: string): Promise<void> {
  const clone = join(folder, "released");
  const git = (...args: string[]) => done("git", args, folder);
  await git("clone", "--quiet", "--no-hardlinks", ROOT, clone);
  await git("-C", clone, "tag", "v-tested");
  cpSync(join(ROOT, "node_modules"), join(clone, "node_modules"), {
    recursive: true,
    verbatimSymlinks: true,
  });
  const tarball = await pack(folder, clone);
  const verify = (file: string) =>
    runCommand(
      join(ROOT, "node_modules/.bin/tsx"),
      [join(ROOT, "scripts/verify-release.ts"), file, "--from", clone, "--tag", "v-tested"],
      { cwd: folder, env: process.env, timeout: 600 },
    );
  await report.check("a released package can be rebuilt from its tag with the same bytes", async () => {
    ok((await succeeds(verify(tarball))).includes("has the bytes that v-tested gives"));
  });
  await report.check("a package with one other byte is found", async () => {
    const changed = join(folder, "changed");
    await extract(tarball, join(changed, "package"));
    const code = join(changed, "package/dist/lambdas/authorizer/index.js");
    writeFileSync(code, `${readFileSync(code, "utf8")} `);
    const copy = join(changed, "portcullis-0.2.0.tgz");
    await done("tar", ["-czf", copy, "-C", changed, "package"], changed);
    const { status, stderr } = await verify(copy);
    equal(status, 1);
    ok(stderr.includes("dist/lambdas/authorizer/index.js: sha256 "), stderr);
    ok(!stderr.includes("worker.js"), stderr);
  });
  const home = join(folder, "built");
  await extract(tarball, join(home, "node_modules/portcullis"));
  writeFileSync(join(home, "openapi.yaml"), OPENAPI);
  await runPacked(home, home, "init", "--openapi", "openapi.yaml");
  await runPacked(home, home, "build");
  const zip = join(home, "build/authorizer.zip");
  await report.check("a zip of build/ can be rebuilt from its tag with the same bytes", async () => {
    ok((await succeeds(verify(zip))).includes("has the bytes that v-tested gives"));
  });
  await report.check("a zip with one other byte is found", async () => {
    const files = unzipSync(readFileSync(zip));
    const code = Buffer.concat([files["index.js"] ?? new Uint8Array(), Buffer.from(" ")]);
    writeFileSync(zip, zipSync({ ...files, "index.js": code }));
    const { status, stderr } = await verify(zip);
    equal([status, stderr.match(/^.+: sha256 /gm)], [1, ["index.js: sha256 "]]);
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
  await testRelease(report, folder);
} catch (error) {
  report.count("npm run test:package", error instanceof Error ? error.message : String(error));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = report.end();
