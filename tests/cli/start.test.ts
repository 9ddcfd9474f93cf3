import { type ChildProcess, execFile, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { start } from "../../cli/commands/try/start.ts";
import { token } from "../../cli/commands/try/token.ts";
import type { ConsoleData } from "../../console/data.ts";
import { BASE } from "../support/policy-files.ts";
import { runVerb } from "./run-verb.ts";

const run = promisify(execFile);
const project = fileURLToPath(new URL("../..", import.meta.url));
const portcullis = join(project, "bin/portcullis.mjs");

const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
});

interface Running {
  readonly child: ChildProcess;
  readonly origin: string;
  output(): string;
  /** Waits until the text is printed. @throws if the process ends before */
  until(text: string): Promise<void>;
}

/** Runs `npx portcullis start` on a free port. */
async function startProduct(policies: string, ...args: string[]): Promise<Running> {
  const child = spawn(process.execPath, [portcullis, "start", "--policies", policies, ...args], {
    cwd: project,
    env: { ...process.env, PORT: "0" },
  });
  children.push(child);
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const until = async (wanted: string): Promise<void> => {
    while (!text.includes(wanted)) {
      if (child.exitCode !== null) throw new Error(`"${wanted}" was not printed:\n${text}`);
      await sleep(50);
    }
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
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const mint = async (...args: string[]): Promise<string> => {
    const { stdout } = await runVerb(token, "--port", new URL(product.origin).port, ...args);
    return stdout.trim();
  };
  const status = async (method: string, path: string, bearer: string): Promise<number> =>
    (await fetch(product.origin + path, { method, headers: { authorization: `Bearer ${bearer}` } })).status;

  it("prints an allowed request, a denied one and one without a token, which have these results", async () => {
    const commands = product
      .output()
      .split("\n")
      .filter((line) => line.startsWith("curl "));
    const responses = await Promise.all(
      commands.map(async (command) => (await run("bash", ["-c", command])).stdout),
    );
    expect(responses.map((response) => response.split("\r\n", 1)[0])).toEqual([
      "HTTP/1.1 200 OK",
      "HTTP/1.1 403 Forbidden",
      "HTTP/1.1 401 Unauthorized",
    ]);
    expect(responses[0]).toContain('"tenantId":"acme"');
    expect(responses[1]).toContain('"reason":"route_not_granted"');
  });

  it("prints the table's endpoint and name on one line", () => {
    expect(product.output()).toMatch(new RegExp(`^AWS_ENDPOINT_URL=${product.origin} TABLE=\\S+$`, "m"));
  });

  it("prints the URL of the console, which shows the folder's environments and files", async () => {
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
    expect(await mint("--tenant", "nobody", "--role", "emperor")).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  it("rejects an expired token", async () => {
    expect(
      await status(
        "GET",
        "/documents",
        await mint("--tenant", "acme", "--role", "editor", "--expires-in", "-60"),
      ),
    ).toBe(401);
  });

  it("deploys a changed file, keeps the last valid state while files have errors, and prints the wrong line", async () => {
    const editor = await mint("--tenant", "acme", "--role", "editor");
    expect(await status("POST", "/documents", editor)).toBe(200);
    writeFileSync(join(folder, "roles/editor.yaml"), "extends: [viewer]\nalow: [documents.write]\n");
    await product.until('roles/editor.yaml:2:1: error: unknown key "alow"; did you mean "allow"?');
    await product.until("the last valid ones stay in force");
    expect(await status("POST", "/documents", editor)).toBe(200);
    writeFileSync(join(folder, "roles/editor.yaml"), "extends: [viewer]\nallow: [documents.write]\n");
    await product.until("are in force; all caches are empty");
    expect(await status("POST", "/documents", editor)).toBe(403);
    expect(await status("PUT", "/documents/1", editor)).toBe(200);
  });

  it("exits with status 0 on SIGTERM", async () => {
    const ended = new Promise((resolve) =>
      product.child.once("exit", (code, signal) => resolve({ code, signal })),
    );
    product.child.kill("SIGTERM");
    expect(await ended).toEqual({ code: 0, signal: null });
  });
});

describe("npx portcullis start --shadow", () => {
  it("evaluates the candidate alongside the live policies, only in the log, also after an edit", async () => {
    const folder = mkdtempSync(join(tmpdir(), "portcullis-shadow-"));
    cpSync(join(project, "policies"), folder, { recursive: true });
    const product = await startProduct("policies", "--shadow", folder, "--ttl", "0");
    try {
      const loaded = `${folder} is evaluated as a candidate alongside policies`;
      await product.until(loaded);
      const twice = `${loaded}\n${loaded}`;
      writeFileSync(join(folder, "roles/editor.yaml"), "extends: [viewer]\nallow: [documents.write]\n");
      await product.until(twice);
      const args = ["--port", new URL(product.origin).port, "--tenant", "acme", "--role", "editor"];
      const { stdout } = await runVerb(token, ...args);
      const headers = { authorization: `Bearer ${stdout.trim()}` };
      // The evaluation of a cold authorizer's first request may be late.
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

describe("wrong use of npx portcullis start", () => {
  it("names the folder that does not exist, with exit status 2", async () => {
    const args = [portcullis, "start", "--policies", "no-such-folder"];
    expect(
      await run(process.execPath, args, { cwd: project }).catch((error: unknown) => error),
    ).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--policies: there is no folder no-such-folder"),
    });
  });

  it("lists the values of --usage-plans, and requires plans.yaml", async () => {
    await expect(runVerb(start, "--usage-plans", "role")).rejects.toThrow(
      '--usage-plans: expected plan or tenant, found "role"',
    );
    const folder = mkdtempSync(join(tmpdir(), "portcullis-start-"));
    for (const [path, text] of Object.entries(BASE)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    await expect(runVerb(start, "--usage-plans", "plan", "--policies", folder)).rejects.toThrow(
      `--usage-plans: ${folder} has no plans.yaml: add one`,
    );
    rmSync(folder, { recursive: true, force: true });
  });

  it("names the problem of a file of --trust", async () => {
    await expect(runVerb(start, "--trust", "no-such-file.json")).rejects.toThrow(
      "--trust: there is no file no-such-file.json",
    );
  });

  it("suggests a similar flag", async () => {
    await expect(runVerb(start, "--polices", "x")).rejects.toThrow(
      'unknown flag --polices; did you mean "--policies"?',
    );
  });
});
