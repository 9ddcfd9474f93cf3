import { spawn } from "node:child_process";
import { closeSync, cpSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compilePackage } from "../support/compiled-package.ts";

const POLICIES = fileURLToPath(new URL("../../policies", import.meta.url));

/** A command, its exit status, and the whole first line of standard error. */
type WrongInput = readonly [command: string, status: 1 | 2, message: string];

/** Words are separated by spaces; `_` stands for a space inside a word. */
const WRONG_INPUTS: readonly WrongInput[] = [
  // Verbs and flags
  ["", 2, "name a verb, such as npx portcullis start"],
  ["chek", 2, 'unknown verb "chek"; did you mean "check"?'],
  ["--verison", 2, 'unknown flag "--verison"; did you mean "--version"?'],
  ["check --polices x", 2, 'unknown flag --polices; did you mean "--policies"?'],
  ["check -x", 2, "unknown flag -x"],
  ["check -polices x", 2, 'unknown flag -polices; did you mean "--policies"?'],
  ["--version --fromat", 2, 'unexpected argument "--fromat": --version stands alone'],
  ["check extra", 2, 'unexpected argument "extra": this command takes flags only'],
  ["check --table", 2, "--table has no value"],
  [
    "check --table -x",
    2,
    '--table has no value; a value that begins with a dash is written after "=", such as --table=-x',
  ],
  ["check --strict=yes", 2, "--strict takes no value"],
  [
    "check --cache tokn",
    2,
    '--cache: expected auto, token, route or off, found "tokn"; did you mean "token"?',
  ],
  [
    "check --format jsn",
    2,
    '--format: expected text, json, sarif or github, found "jsn"; did you mean "json"?',
  ],
  ["check --max-groups 0", 2, '--max-groups: expected a whole number from 1 to 500, found "0"'],
  ["diff --fail-on gian", 2, '--fail-on: expected gain, loss or any, found "gian"; did you mean "gain"?'],
  ["console biuld", 2, 'expected console build, found "console biuld"'],
  ["console", 2, 'expected console build, found "console"'],
  ["tenant suspned x --table abc", 2, 'unknown: tenant suspned; did you mean "suspend"?'],
  ["issuer suspnd x --table abc", 2, 'unknown: issuer suspnd; did you mean "suspend"?'],
  // Names
  [
    "explain --tenant acmee --role viewer GET_/documents",
    2,
    '--tenant: there is no tenant "acmee"; did you mean "acme"?; a tenant that only a table has needs --table',
  ],
  [
    "policy --tenant acmee --role viewer",
    2,
    '--tenant: there is no tenant "acmee"; did you mean "acme"?; a tenant that only a table has needs --table',
  ],
  ["matrix --tenant acmee", 2, '--tenant: there is no tenant "acmee"; did you mean "acme"?'],
  [
    "matrix --who GET_/documentz",
    2,
    '--who: there is no guarded route "GET /documentz"; did you mean "GET /documents"?',
  ],
  [
    "start --backend dosc=http://127.0.0.1:1 --port 0",
    2,
    '--backend: api.yaml has no backend "dosc"; did you mean "docs"?',
  ],
  ["start --backend docs --port 0", 2, '--backend: expected NAME=URL, found "docs"'],
  ["deploy Dev", 2, '"Dev" is not a valid environment name: expected lower-case letters, digits and "-"'],
  ["verify-aws --region mars", 2, '--region: "mars" is not an AWS region'],
  ["login --user ann", 2, '--user: expected an email address, found "ann"'],
  ["publish --table a_b", 2, '--table: expected the name of a DynamoDB table, found "a b"'],
  [
    "publish --table abc --flush prod",
    2,
    '--flush: expected an API id and a stage such as abcdef1234/prod, found "prod"',
  ],
  // Requests and values
  [
    "explain --tenant acme --role viewer GETT",
    2,
    '"GETT": expected a method and a path, such as PUT /documents/42',
  ],
  ["explain --log {", 2, "--log: no line is a decision line of the authorizer or an access-log line"],
  ["token --claim x", 2, '--claim: expected NAME=VALUE, found "x"'],
  [
    "grant --tenant acme --subject a --role r --until soon --table abc",
    2,
    '--until: expected a duration such as 2h or 30d, or a date such as 2026-12-31T18:00:00Z, found "soon"',
  ],
  ["revoke --tenant acme --table abc", 2, "name one of --token, --subject, --client, --issued-before"],
  // Files
  ["check --policies policis", 2, '--policies: there is no folder policis; did you mean "policies"?'],
  [
    "check --policies folder/a",
    2,
    "--policies: there is no folder folder/a: npx portcullis init creates one",
  ],
  ["check --policies broken", 1, ""],
  [
    "build --policies broken",
    2,
    "broken/roles/viewer.yaml:2:1: error: the [ in line 1 has no closing ] [invalid-syntax]",
  ],
  [
    "start --policies broken --port 0",
    2,
    "broken/roles/viewer.yaml:2:1: error: the [ in line 1 has no closing ] [invalid-syntax]",
  ],
  ["start --shadow nope --port 0", 2, "--shadow: there is no folder nope; expected broken or policies"],
  ["init --openapi openapi.yml", 2, '--openapi: there is no file openapi.yml; did you mean "openapi.yaml"?'],
  ["init --openapi folder", 2, "--openapi: folder is a folder: name a file"],
  ["init --openapi text", 2, "text: this is not an OpenAPI document: expected openapi, info and paths"],
  ["console build --out text", 2, "text: it exists already: name another"],
  ["build --into folder", 2, "--into: folder is a folder: name a file"],
  ["replay --log nope", 2, "--log: there is no file nope"],
  ["replay --log text", 2, "--log: no line is a decision line of the authorizer or an access-log line"],
  ["shadow --log text", 2, "--log: no line is a decision line of the authorizer or an access-log line"],
  ["start --trust nope --port 0", 2, "--trust: there is no file nope"],
  ["start --trust folder --port 0", 2, "--trust: folder is a folder: name a file"],
  ["keys --table abc --issuers folder", 2, "--issuers: folder is a folder: name a file"],
  [
    "verify-aws --region eu-central-1 --body nope --yes",
    2,
    "--body: there is no file nope: run npx portcullis build",
  ],
  [
    "verify-aws --region eu-central-1 --body openapi.yml --yes",
    2,
    '--body: there is no file openapi.yml; did you mean "openapi.yaml"?',
  ],
  [
    "explain --token abc --issuers text GET_/documents",
    2,
    "--issuers text: ISSUERS must be a JSON object of issuers by name, with at least one",
  ],
  [
    "keys --table abc --issuers nope",
    2,
    "--issuers: there is no file nope: expected JSON in the form of the function's variable ISSUERS",
  ],
  [
    "diff --against broken",
    2,
    "--against: the policy files of broken have errors, the first in broken/roles/viewer.yaml:2: the [ in line 1 has no closing ]",
  ],
  // The machine
  ["start --port 99999", 2, '--port: expected a whole number from 0 to 65535, found "99999"'],
  ["start --port BUSYPORT", 2, "Port BUSYPORT is in use: choose another with --port, or 0 for any free port"],
  [
    "token --port 1",
    1,
    "No stack listens on http://127.0.0.1:1: start it with npx portcullis start, or name its port with --port",
  ],
  [
    "publish --table abc",
    1,
    "No server listens at AWS_ENDPOINT_URL: start the local stack with npx portcullis start (connect ECONNREFUSED 127.0.0.1:1)",
  ],
];

let program = "";
let folder = "";
let busy: Server;
const port = (): string => String((busy.address() as AddressInfo).port);

beforeAll(async () => {
  program = compilePackage();
  folder = mkdtempSync(join(tmpdir(), "portcullis-wrong-"));
  cpSync(POLICIES, join(folder, "policies"), { recursive: true });
  cpSync(POLICIES, join(folder, "broken"), { recursive: true });
  writeFileSync(join(folder, "broken/roles/viewer.yaml"), "allow: [\n");
  writeFileSync(join(folder, "openapi.yaml"), "openapi: 3.0.3\n");
  writeFileSync(join(folder, "text"), "x\n");
  mkdirSync(join(folder, "folder"));
  busy = createServer();
  await new Promise<void>((resolve) => busy.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  busy.close();
  for (const made of [program, folder]) rmSync(made, { recursive: true, force: true });
});

async function run(
  args: readonly string[],
  nodeFlags: readonly string[] = [],
  variables: NodeJS.ProcessEnv = {},
) {
  const child = spawn(process.execPath, [...nodeFlags, join(program, "bin/portcullis.mjs"), ...args], {
    cwd: folder,
    env: { ...process.env, AWS_ENDPOINT_URL: "http://127.0.0.1:1", NODE_DEBUG: "", ...variables },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve) => void child.once("close", resolve));
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { status, stdout, stderr };
}

/** Removes the counts that a slow command may print meanwhile. */
const withoutProgress = (lines: string): string => lines.replace(/^\d+ [a-z ]+ (read|tried).*\n/gm, "");

describe("A wrong input", () => {
  it.each(WRONG_INPUTS)("%s ends with status %i and a message", async (command, status, message) => {
    const words = command.split(" ").filter((word) => word !== "");
    const args = words.map((word) => word.replaceAll("_", " ").replace("BUSYPORT", port()));
    const found = await run(args);
    const stderr = withoutProgress(found.stderr);
    expect(stderr.split("\n", 1)[0]).toBe(message.replace("BUSYPORT", port()));
    expect(found.status).toBe(status);
    const all = found.stdout + stderr;
    expect(all).not.toMatch(/^\s+at .+[:(]\d+/m);
    expect(all).not.toMatch(/This was not expected|ENOENT|EISDIR|node:internal/);
  });

  it("has 40 rows and more, and a usage for each error of use", async () => {
    expect(WRONG_INPUTS.length).toBeGreaterThanOrEqual(40);
    const { stderr } = await run(["tenant", "put"]);
    expect(stderr).toContain("Usage: npx portcullis tenant put ID");
    expect(stderr).toContain("Help:  npx portcullis tenant --help");
    const file = await run(["tenant", "put", "--file", "broken/roles/viewer.yaml"]);
    expect([file.status, file.stderr]).toEqual([2, expect.not.stringContaining("Usage")]);
  });

  it("of Node's version ends with status 2 and a message", async () => {
    const old = join(folder, "old-node.cjs");
    writeFileSync(
      old,
      `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "18.20.8" } });`,
    );
    expect(await run(["check"], ["--require", old])).toEqual({
      status: 2,
      stdout: "",
      stderr:
        "Portcullis needs Node 20.19 or later, but this is Node 18.20.8: install a later one from https://nodejs.org, or choose it with your version manager\n",
    });
  });
});

describe("The command", () => {
  it("ends quietly if the reader of a pipe has enough", async () => {
    const command = `"${process.execPath}" "${join(program, "bin/portcullis.mjs")}" matrix --format json; echo "status $?" >&2`;
    const child = spawn("sh", ["-c", `{ ${command}; } | head -n 1`], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect(stdout).toBe("[\n");
    expect(withoutProgress(stderr)).toBe("status 0\n");
  });

  it("keeps its exit status if nobody reads its messages", async () => {
    const child = spawn(process.execPath, [join(program, "bin/portcullis.mjs"), "chek"], { cwd: folder });
    child.stderr.destroy();
    expect(await new Promise((resolve) => void child.once("close", resolve))).toBe(2);
  });

  it("ends with status 1 and a message if its output cannot be written", async () => {
    const readOnly = openSync(join(folder, "text"), "r");
    const child = spawn(process.execPath, [join(program, "bin/portcullis.mjs"), "check"], {
      cwd: folder,
      stdio: ["ignore", readOnly, "pipe"],
    });
    const ended = new Promise((resolve) => void child.once("close", resolve));
    expect(withoutProgress(await text(child.stderr as Readable))).toMatch(/^Standard output: EBADF: .+\n$/);
    expect(await ended).toBe(1);
    closeSync(readOnly);
  });

  it.each([{ NO_COLOR: "1" }, { FORCE_COLOR: "1" }])("prints no colour with %j", async (variable) => {
    const { stdout, stderr } = await run(["check"], [], variable);
    expect(stdout + stderr).not.toContain("\u001b");
  });
});
