import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { exampleRequests } from "../../cli/shared/example-requests.ts";
import { runCommand } from "../../cli/shared/flags.ts";
import { oneLine, print, printError, printJson } from "../../cli/shared/output.ts";
import { shellArgument, shellQuote } from "../../core/policy-files/source/shell-quote.ts";
import { BASE, policiesOf } from "../support/policy-files.ts";

const HOSTILE =
  "a\u001b[31mred\u0007\u0000\r\u007f\u009b\u200b\u200e\u202e\u2066\u2028\u2029\ufeff\u00ad\ud800\u{e0041}z";
const VISIBLE =
  "a\\u001b[31mred\\u0007\\u0000\\u000d\\u007f\\u009b\\u200b\\u200e\\u202e\\u2066\\u2028\\u2029\\ufeff\\u00ad\\ud800\\udb40\\udc41z";

function capture(stream: "stdout" | "stderr"): () => string {
  let text = "";
  vi.spyOn(process[stream], "write").mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  return () => text;
}
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

describe("Everything printed", () => {
  it("has control, escape, bidi and format characters as visible escapes, on both streams", () => {
    const [out, err] = [capture("stdout"), capture("stderr")];
    print(HOSTILE);
    print([HOSTILE, "b\tc"]);
    printError(HOSTILE);
    expect(out()).toBe(`${VISIBLE}\n${VISIBLE}\nb\tc\n`);
    expect(err()).toBe(`${VISIBLE}\n`);
  });

  it("stays JSON with the same value", () => {
    const out = capture("stdout");
    printJson({ [HOSTILE]: [HOSTILE] });
    print(JSON.stringify(HOSTILE));
    const [object, line] = [
      out().slice(0, out().lastIndexOf("\n", out().length - 2)),
      out().trim().split("\n").at(-1),
    ];
    expect(JSON.parse(object)).toEqual({ [HOSTILE]: [HOSTILE] });
    expect(JSON.parse(line ?? "")).toBe(HOSTILE);
    expect(out()).not.toMatch(/[\p{Cf}\u007f-\u009f\u2028\u2029]/u);
  });

  it("leaves names of all scripts and emoji as they are", () => {
    const out = capture("stdout");
    print("Müller 株式会社 שלום 🦊 café");
    expect(out()).toBe("Müller 株式会社 שלום 🦊 café\n");
  });

  it("is written by one file; counts and prompts without values are written directly", () => {
    const writers = ["cli", "local"].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((path) => path.endsWith(".ts"))
        .map((path) => `${folder}/${path}`)
        .filter((path) =>
          /console\.(log|error|warn|info)\(|(stdout|stderr|stream)\.write\(/.test(readFileSync(path, "utf8")),
        ),
    );
    expect(writers.sort()).toEqual([
      "cli/login/password.ts",
      "cli/shared/output.ts",
      "cli/shared/progress.ts",
    ]);
  });

  it("includes errors that a command does not expect", async () => {
    const err = capture("stderr");
    await runCommand("usage", () => Promise.reject(new Error(`the table: ${HOSTILE}`)));
    expect(process.exitCode).toBe(1);
    expect(err()).toContain(VISIBLE);
    expect(err()).not.toContain("\u001b");
  });

  it("can have values on one line, so that a value cannot imitate another line", () => {
    expect(oneLine("unpaid\n2026-01-01 acme: done")).toBe("unpaid\\u000a2026-01-01 acme: done");
  });
});

const NAMES = [
  "",
  "plain-name_1.0",
  "a b",
  "it's",
  '"quoted"',
  "$(touch /tmp/pwned) `id` ${HOME}",
  "back\\slash \\n \\041",
  "bang!bang",
  "* ? ~ # & ; | < > ( ) { } [ ] %s %% =",
  "-n",
  "--help",
  "two\nlines",
  "株式会社 é",
  HOSTILE.replaceAll("\u0000", "").replaceAll("\ud800", ""),
];

describe.each(["sh", "bash"])("A quoted argument, in %s", (shell) => {
  it.each(NAMES)("arrives as it was: %j", (name) => {
    const { stdout } = spawnSync(shell, [
      "-c",
      `printf '[%s]' ${shellQuote(name)} "$(printf %s ${shellQuote(name)})"`,
    ]);
    expect(stdout.toString()).toBe(`[${name}][${name}]`);
  });

  it.each(NAMES)("is printed on one line and without characters that print would change: %j", (name) => {
    expect(oneLine(shellQuote(name))).toBe(shellQuote(name));
  });

  it.each(NAMES)("is the value of its flag: %j", (name) => {
    const line = `node -e 'console.log(JSON.stringify(require("node:util").parseArgs({ options: { tenant: { type: "string" } } }).values.tenant))' -- ${shellArgument("tenant", name)}`;
    const values = execFileSync(shell, ["-c", line]).toString();
    expect(JSON.parse(values)).toBe(name);
  });
});

describe("The curl lines of start", () => {
  it.each(["it's $(id)", "bang!", "-acme", "`id`"])("name the tenant as it is: %j", (tenant) => {
    const policies = policiesOf({ ...BASE, "tenants/acme.yaml": `id: ${JSON.stringify(tenant)}\n` });
    const lines = exampleRequests(policies, ["main"], "http://127.0.0.1:3000", "token").map(oneLine);
    const script = `token() { printf '%s|' "$@"; }\ncurl() { printf '%s\\n' "$@"; }\n${lines.join("\n")}`;
    const { stdout, stderr } = spawnSync("bash", ["-c", script]);
    expect(stderr.toString()).toBe("");
    expect(stdout.toString()).toMatch(
      tenant.startsWith("-") ? `Bearer --tenant=${tenant}|--role|` : `Bearer --tenant|${tenant}|--role|`,
    );
  });
});
