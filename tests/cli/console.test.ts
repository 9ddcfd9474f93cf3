import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ConsoleData } from "../../console/data.ts";
import { isBroken, openConsole } from "../../console/load.ts";
import { sampleWith } from "./run-verb.ts";

const run = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["bin/portcullis.mjs", "console", ...args], {
    encoding: "utf8",
    timeout: 60_000,
  });
  return { status, stdout, stderr };
};

describe("npx portcullis console build", () => {
  let out: string;
  beforeEach(() => {
    out = mkdtempSync(join(tmpdir(), "console-"));
  });
  afterEach(() => rmSync(out, { recursive: true }));

  const written = (): ConsoleData => JSON.parse(readFileSync(join(out, "console/policies.json"), "utf8"));

  it("rejects a folder in which none can be created", () => {
    expect(run("build", "--out", "/proc/x")).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^\/proc(\/x)?: /),
    });
  });

  it("writes the page with the environment's policies and files, and those of the comparison", () => {
    const other = sampleWith({ "roles/editor.yaml": "extends: [viewer]\nallow: []\n" });
    const { status, stdout } = run("build", "--out", out, "--against", other);
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: `${out} shows dev, dev of ${other}: copy it to a static host, under any path\n`,
    });
    const chunk = /^([a-z-]+)-[A-Z0-9]{8}\.js$/;
    const names = readdirSync(out).map((name) => name.replace(chunk, "$1-HASH.js"));
    expect([...new Set(names)].sort()).toEqual([
      "chunk-HASH.js",
      "console",
      "console.css",
      "console.js",
      "diff-HASH.js",
      "groups-view-HASH.js",
      "icon.svg",
      "index.html",
      "licences.txt",
      "live-view-HASH.js",
      "sbom.cdx.json",
      "try-it-view-HASH.js",
      "why-panel-HASH.js",
    ]);
    const data = written();
    expect(data.live).toBe(false);
    const [now, then] = openConsole(data).sets;
    if (now === undefined || then === undefined || isBroken(now) || isBroken(then)) throw new Error("errors");
    expect([...now.rules.tenants.keys()].sort()).toEqual(["acme", "globex", "hooli", "initech"]);
    expect(now.files["roles/editor.yaml"]).toContain("documents.write");
    expect(then.files["roles/editor.yaml"]).toBe("extends: [viewer]\nallow: []\n");
    expect(
      now.cells("acme").find(({ role, route }) => role === "editor" && route === "POST /documents")?.kind,
    ).toBe("allowed");
  });

  it("compares with a commit", () => {
    expect(run("build", "--out", out, "--against", "HEAD").status).toBe(0);
    expect(written().sets.map(({ name }) => name)).toEqual(["dev", "dev of HEAD"]);
  });

  it("writes nothing if the policy files have errors", () => {
    const { status, stderr } = run(
      "build",
      "--out",
      out,
      "--policies",
      sampleWith({ "roles/viewer.yaml": "allow: 1\n" }),
    );
    expect(status).toBe(2);
    expect(stderr).toContain("roles/viewer.yaml:1:8: error");
    expect(readdirSync(out)).toEqual([]);
  });

  it("suggests build for another word", () => {
    const { status, stderr } = run("bild", "--out", out);
    expect(status).toBe(2);
    expect(stderr).toContain('expected console build, found "console bild"');
  });

  it("fails if --out is a file", () => {
    writeFileSync(join(out, "file"), "");
    expect(run("build", "--out", join(out, "file")).status).toBe(2);
  });
});
