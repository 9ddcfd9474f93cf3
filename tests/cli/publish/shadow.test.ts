import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { publish } from "../../../cli/commands/deploy/publish.ts";
import { shadow } from "../../../cli/commands/deploy/shadow.ts";
import { UsageError } from "../../../cli/shared/flags.ts";
import type { Item } from "../../../core/model/items.ts";
import { runVerb, sampleWith } from "../run-verb.ts";
import { startTable, TABLE, type TestTable } from "./publish-table.ts";

const EDITOR = "extends: [viewer]\nallow: [documents.write]\n";
let table: TestTable;
let live: string;

beforeEach(async () => {
  table = await startTable();
  vi.stubEnv("AWS_ENDPOINT_URL", table.endpoint);
  live = sampleWith();
  await runVerb(publish, "--table", TABLE, "--policies", live);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await table.close();
});

const isShadow = ({ pk }: Item): boolean => String(pk).startsWith("SHADOW#");
const shadows = async (): Promise<Item[]> => (await table.items()).filter(isShadow);
const liveItems = async (): Promise<Item[]> => (await table.items()).filter((item) => !isShadow(item));
const publishShadow = (folder: string, ...args: string[]) =>
  runVerb(publish, "--table", TABLE, "--shadow", "--policies", folder, "--against", live, ...args);
const candidate = () => sampleWith({ "roles/editor.yaml": EDITOR });

describe("npx portcullis publish --shadow", () => {
  it("writes the candidate and changes no live item, and publish does not change the candidate", async () => {
    const before = await liveItems();
    const { status, stdout } = await publishShadow(candidate());
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^permissions has candidate \w+: \d+ items/)]);
    expect(await liveItems()).toEqual(before);
    const found = await shadows();
    expect(found).toHaveLength(before.length + 1);
    expect(found.every(({ owner }) => owner === "shadow")).toBe(true);
    expect((await runVerb(publish, "--table", TABLE, "--policies", live)).stdout).toContain("none written");
    expect(await shadows()).toEqual(found);
  });

  it("replaces another candidate", async () => {
    await publishShadow(candidate());
    const { stdout } = await publishShadow(live);
    expect(stdout).toContain("1 of them new or changed");
    const editor = (items: Item[]) => items.find(({ sk }) => sk === "ROLE#editor")?.["grants"];
    expect(editor(await shadows())).toEqual(editor(await liveItems()));
  });

  it("rejects a candidate with other routes, names them, and writes nothing", async () => {
    const api = sampleWith({ "api.yaml": withOneMore() });
    const { status, stderr } = await publishShadow(api);
    expect([status, await shadows()]).toEqual([1, []]);
    expect(stderr).toContain("differ from those of");
    expect(stderr).toContain("\n+ GET /more\nDeploy the routes first");
  });

  it("writes nothing with --dry-run", async () => {
    expect((await publishShadow(candidate(), "--dry-run")).stdout).toContain("nothing was written");
    expect(await shadows()).toEqual([]);
  });
});

const withOneMore = (): string => {
  const api = readFileSync(new URL("../../../policies/api.yaml", import.meta.url), "utf8");
  const more = "  /more:\n    get: { x-portcullis: { backend: docs, permission: documents.read } }\n";
  return api.replace("paths:\n", `paths:\n${more}`);
};

describe("npx portcullis shadow", () => {
  const run = (...args: string[]) => runVerb(shadow, "--table", TABLE, ...args);
  const editorGrants = async (): Promise<unknown> =>
    (await liveItems()).find(({ sk }) => sk === "ROLE#editor")?.["grants"];

  it("--promote publishes the candidate as a version, and removes it from the table", async () => {
    await publishShadow(candidate());
    const { status, stdout } = await run("--promote", "--settle", "0");
    expect([status, stdout]).toEqual([0, expect.stringContaining("is at version 2")]);
    expect(stdout).toContain("The candidate was removed");
    expect(await editorGrants()).toContain("PUT /documents/{documentId}");
    expect(await editorGrants()).not.toContain("POST /documents");
    expect(await shadows()).toEqual([]);
    const published = await runVerb(publish, "--table", TABLE, "--policies", candidate());
    expect(published.stdout).toContain("none written");
  });

  it("--promote --dry-run prints the steps and changes nothing", async () => {
    await publishShadow(candidate());
    const before = await table.items();
    expect((await run("--promote", "--dry-run")).stdout).toContain("change CATALOGUE/ROLE#editor");
    expect(await table.items()).toEqual(before);
  });

  it("--promote rejects a candidate that was changed by hand", async () => {
    await publishShadow(candidate());
    const [item] = (await shadows()).filter(({ sk }) => sk === "ROLE#editor");
    await table.put({ ...item, grants: ["GET /documents"] });
    const before = await table.items();
    expect(await run("--promote")).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("items differ from what was published"),
    });
    expect(await table.items()).toEqual(before);
  });

  it("--promote without a candidate says how to publish one", async () => {
    expect(await run("--promote")).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("publish --shadow"),
    });
  });

  it("--clear removes the candidate and nothing else", async () => {
    const before = await liveItems();
    await publishShadow(candidate());
    expect((await run("--clear")).status).toBe(0);
    expect(await table.items()).toEqual(before);
    expect((await run("--clear")).stdout).toContain("has no candidate");
  });

  it("requires exactly one of its three actions", async () => {
    await expect(run()).rejects.toThrow(UsageError);
    await expect(run("--promote", "--clear")).rejects.toThrow(UsageError);
  });
});

describe("npx portcullis shadow --log", () => {
  const line = (changes: Item): string =>
    JSON.stringify({
      message: "decision",
      outcome: "allow",
      tenantId: "acme",
      userId: "ann",
      roles: ["editor"],
      route: "GET /documents",
      ...changes,
    });
  const compared = (lost: string[], gained: string[] = [], candidate = "c2") => ({
    shadow: { candidate, gained, lost },
  });
  function writeLog(...lines: string[]): string {
    const folder = mkdtempSync(join(tmpdir(), "portcullis-shadow-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, "log"), lines.join("\n"));
    return join(folder, "log");
  }

  it("prints the access lost and gained by tenant, roles and route, with the number of callers and decisions", async () => {
    const log = writeLog(
      line(compared(["GET /old"], [], "c1")),
      line({}),
      line({ ...compared(["POST /documents"]), route: "POST /documents" }),
      line({ ...compared(["POST /documents"]), userId: "bob" }),
      line(compared(["POST /documents"])),
      line({ ...compared([], ["GET /invoices"]), tenantId: "globex", roles: ["viewer"] }),
      line({ ...compared([]), tenantId: "globex" }),
      line({ shadow: { error: "late" } }),
      "2026-11-02T10:00:00Z START RequestId: 1",
    );
    expect(await runVerb(shadow, "--log", log)).toMatchObject({
      status: 1,
      stdout: [
        "Would be lost:",
        "  acme: POST /documents, as editor: 2 callers, 3 decisions, 1 of them requesting it",
        "Would be gained:",
        "  globex: GET /invoices, as viewer: 1 caller, 1 decision, 0 of them requesting it",
        "1 decision of other candidates left out",
        "1 decision not compared with any",
        "1 decision that the candidate did not make: late",
        "Candidate c2: 5 decisions compared, 4 of them would be different",
        "",
      ].join("\n"),
    });
    const { stdout } = await runVerb(shadow, "--log", log, "--format", "json");
    expect(JSON.parse(stdout)).toMatchObject({
      candidate: "c2",
      compared: 5,
      different: 4,
      others: 1,
      without: 1,
    });
  });

  it("exits with 0 if nothing would change, and says if no line has a candidate", async () => {
    expect((await runVerb(shadow, "--log", writeLog(line(compared([]))))).status).toBe(0);
    expect((await runVerb(shadow, "--log", writeLog(line({})))).stdout).toContain(
      "No decision line has a candidate",
    );
  });
});
