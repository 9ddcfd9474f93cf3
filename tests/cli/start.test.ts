import { type ChildProcess, execFile, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ConsoleData } from "../../console/data.ts";
import { BASE } from "../support/policy-files.ts";

const run = promisify(execFile);
const project = fileURLToPath(new URL("../..", import.meta.url));
const portcullis = join(project, "bin/portcullis.mjs");

interface Running {
  readonly child: ChildProcess;
  readonly origin: string;
  output(): string;
  until(text: string): Promise<void>;
}

/** Runs `npx portcullis start`'s program on a copy of the sample folder, on a free port. */
async function startProduct(policies: string, ...args: string[]): Promise<Running> {
  const child = spawn(process.execPath, [portcullis, "start", "--policies", policies, ...args], {
    cwd: project,
    env: { ...process.env, PORT: "0" },
  });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const until = async (wanted: string): Promise<void> => {
    for (let tries = 0; tries < 300; tries++) {
      if (text.includes(wanted)) return;
      if (child.exitCode !== null) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    // By a signal that tsx hands on: nothing is left listening.
    child.kill("SIGTERM");
    throw new Error(`"${wanted}" was not printed:\n${text}`);
  };
  await until("Portcullis is listening on ");
  const origin = /Portcullis is listening on (\S+)/.exec(text)?.[1] ?? "";
  return { child, origin, output: () => text, until };
}

describe("npx portcullis start", () => {
  let folder: string;
  let product: Running;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "portcullis-start-"));
    cpSync(join(project, "policies"), folder, { recursive: true });
    product = await startProduct(folder);
  });
  afterAll(() => {
    product.child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  const token = async (...args: string[]): Promise<string> => {
    const port = new URL(product.origin).port;
    const { stdout } = await run(process.execPath, [portcullis, "token", "--port", port, ...args], {
      cwd: project,
    });
    return stdout.trim();
  };
  const status = async (method: string, path: string, bearer: string): Promise<number> =>
    (await fetch(product.origin + path, { method, headers: { authorization: `Bearer ${bearer}` } })).status;

  it("prints a request that is allowed, one that is refused and one without a token, and each does what it says", async () => {
    const commands = product
      .output()
      .split("\n")
      .filter((line) => line.startsWith("curl "));
    const answers = await Promise.all(
      commands.map(async (command) => (await run("bash", ["-c", command])).stdout),
    );
    expect(answers.map((answer) => answer.split("\r\n", 1)[0])).toEqual([
      "HTTP/1.1 200 OK",
      "HTTP/1.1 403 Forbidden",
      "HTTP/1.1 401 Unauthorized",
    ]);
    expect(answers[0]).toContain('"tenantId":"acme"');
    expect(answers[1]).toContain('"reason":"route_not_granted"');
  });

  it("prints on one line where the table is", () => {
    expect(product.output()).toMatch(new RegExp(`^AWS_ENDPOINT_URL=${product.origin} TABLE=\\S+$`, "m"));
  });

  it("prints where the console is, which shows the environments of the folder by the texts of its files", async () => {
    const [, url = ""] = /^Console: (\S+)$/m.exec(product.output()) ?? [];
    expect(url).toBe(`${product.origin}/_portcullis/`);
    expect(await (await fetch(url)).text()).toContain("console.js");
    const { live, sets, folders } = (await (
      await fetch(`${url}console/policies.json`)
    ).json()) as ConsoleData;
    expect([live, sets.map(({ name }) => name)]).toEqual([true, ["dev"]]);
    expect(folders[0]?.["roles/editor.yaml"]).toContain("documents.create");
  });

  it("prints a token and nothing else, also for a tenant that does not exist", async () => {
    expect(await token("--tenant", "nobody", "--role", "emperor")).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  it("refuses a token that has expired", async () => {
    expect(
      await status(
        "GET",
        "/documents",
        await token("--tenant", "acme", "--role", "editor", "--expires-in", "-60"),
      ),
    ).toBe(401);
  });

  it("puts a changed file in force, keeps the last good state through a broken one, and says which line is wrong", async () => {
    const editor = await token("--tenant", "acme", "--role", "editor");
    expect(await status("POST", "/documents", editor)).toBe(200);
    writeFileSync(join(folder, "roles/editor.yaml"), "extends: [viewer]\nalow: [documents.write]\n");
    await product.until('roles/editor.yaml:2:1: error: unknown key "alow"; did you mean "allow"?');
    await product.until("the last good ones stay in force");
    expect(await status("POST", "/documents", editor)).toBe(200);
    writeFileSync(join(folder, "roles/editor.yaml"), "extends: [viewer]\nallow: [documents.write]\n");
    await product.until("are in force; all caches are empty");
    expect(await status("POST", "/documents", editor)).toBe(403);
    expect(await status("PUT", "/documents/1", editor)).toBe(200);
  });

  it("ends with status 0 on SIGTERM", async () => {
    const ended = new Promise((resolve) =>
      product.child.once("exit", (code, signal) => resolve({ code, signal })),
    );
    product.child.kill("SIGTERM");
    expect(await ended).toEqual({ code: 0, signal: null });
  });
});

describe("npx portcullis start --shadow", () => {
  it("decides the folder beside what is in force, in the log alone, and again when it changes", async () => {
    const folder = mkdtempSync(join(tmpdir(), "portcullis-shadow-"));
    cpSync(join(project, "policies"), folder, { recursive: true });
    const product = await startProduct("policies", "--shadow", folder, "--ttl", "0");
    try {
      await product.until(`${folder} is decided beside policies`);
      const twice = `${folder} is decided beside policies\n${folder} is decided beside policies`;
      // The folder is watched a moment after that line, so an edit at once may go unseen.
      for (let tries = 0; tries < 20 && !product.output().includes(twice); tries++) {
        writeFileSync(join(folder, "roles/editor.yaml"), "extends: [viewer]\nallow: [documents.write]\n");
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      await product.until(twice);
      const port = new URL(product.origin).port;
      const args = ["token", "--port", port, "--tenant", "acme", "--role", "editor"];
      const { stdout } = await run(process.execPath, [portcullis, ...args], { cwd: project });
      const headers = { authorization: `Bearer ${stdout.trim()}` };
      // The first of a cold authorizer may be late.
      for (let tries = 0; tries < 50 && !product.output().includes('"shadow":{"candidate"'); tries++) {
        const response = await fetch(`${product.origin}/documents`, { method: "POST", headers });
        expect(response.status).toBe(200);
      }
      await product.until('"shadow":{"candidate"');
      const shown = await fetch(`${product.origin}/_portcullis/console/policies.json`);
      const { sets } = (await shown.json()) as ConsoleData;
      expect(sets.map(({ name }) => name)).toEqual(["dev", `dev of ${folder}`]);
      expect(product.output()).toMatch(/"gained":\[\],"lost":\[[^\]]*"POST \/documents"/);
    } finally {
      product.child.kill("SIGTERM");
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("a wrong start", () => {
  const start = async (...args: string[]) => {
    try {
      await run(process.execPath, [portcullis, "start", ...args], { cwd: project });
      return { code: 0, stderr: "" };
    } catch (error) {
      const { code, stderr } = error as { code: number; stderr: string };
      return { code, stderr };
    }
  };

  it("names the folder that does not exist", async () => {
    expect(await start("--policies", "no-such-folder")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--policies: there is no folder no-such-folder"),
    });
  });

  it("says for whom plans can be enforced, and that there must be some", async () => {
    expect(await start("--usage-plans", "role")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--usage-plans: expected plan or tenant, found "role"'),
    });
    const folder = mkdtempSync(join(tmpdir(), "portcullis-start-"));
    for (const [path, text] of Object.entries(BASE)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    expect(await start("--usage-plans", "plan", "--policies", folder)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`--usage-plans: there is no plans.yaml in ${folder}: add one`),
    });
    rmSync(folder, { recursive: true, force: true });
  });

  it("suggests the flag that was meant", async () => {
    expect(await start("--polices", "x")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('unknown flag --polices; did you mean "--policies"?'),
    });
  });
});
