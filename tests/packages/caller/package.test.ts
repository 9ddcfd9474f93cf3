import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const CALLER = resolve("packages/caller");
let folder: string;

function run(program: string, args: readonly string[], cwd: string) {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: "utf8" });
  return { status, output: `${stdout}${stderr}` };
}

/** Installs the packed package in an empty folder, without a registry. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "portcullis-caller-"));
  expect(run("npm", ["pack", "--silent", "--pack-destination", folder], CALLER)).toMatchObject({ status: 0 });
  const [tarball = ""] = readdirSync(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  const args = ["install", "--offline", "--no-audit", "--no-fund", join(folder, tarball)];
  expect(run("npm", args, folder)).toMatchObject({ status: 0 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("portcullis-caller, packed and installed", () => {
  it("contains built code, types and its README, and nothing else", () => {
    const installed = join(folder, "node_modules/portcullis-caller");
    expect(readdirSync(installed).sort()).toEqual(["README.md", "dist", "package.json"]);
    const sources = ["headers", "index", "main"];
    expect(readdirSync(join(installed, "dist")).sort()).toEqual(
      sources.flatMap((name) => [`${name}.d.ts`, `${name}.js`]),
    );
  });

  it("has no dependencies", () => {
    const described = JSON.parse(
      readFileSync(join(folder, "node_modules/portcullis-caller/package.json"), "utf8"),
    ) as object;
    for (const key of ["dependencies", "peerDependencies", "optionalDependencies"])
      expect(described).not.toHaveProperty(key);
    expect(readdirSync(join(folder, "node_modules")).filter((name) => !name.startsWith("."))).toEqual([
      "portcullis-caller",
    ]);
  });

  it("works in plain JavaScript", () => {
    const program = `
      import { MissingCallerError, readCaller, readCallerFromHeaders } from "portcullis-caller";
      const authorizer = { userId: "ann", tenantId: "acme", roles: "viewer", issuer: "main", policyVersion: "v" };
      const headers = { "x-user-id": ["ann"], "x-tenant-id": ["acme"], "x-roles": ["viewer"], "x-issuer": ["main"], "x-actor": ["-"] };
      let rejected;
      try { readCaller({ requestContext: {} }); } catch (error) { rejected = error instanceof MissingCallerError; }
      console.log(JSON.stringify([
        readCaller({ requestContext: { authorizer } }).tenantId, readCallerFromHeaders(headers).tenantId, rejected,
      ]));`;
    const { status, output } = run(process.execPath, ["--input-type=module", "-e", program], folder);
    expect([status, output.trim()]).toEqual([0, '["acme","acme",true]']);
  });

  it.each([
    ["NodeNext", "NodeNext"],
    ["ESNext", "Bundler"],
  ])("has types, with module %s and resolution %s", (module, resolution) => {
    const types = join(folder, "types");
    mkdirSync(types, { recursive: true });
    writeFileSync(join(types, "package.json"), JSON.stringify({ type: "module" }));
    writeFileSync(join(types, "right.ts"), RIGHT);
    writeFileSync(join(types, "wrong.ts"), WRONG);
    rmSync(join(types, "node_modules"), { recursive: true, force: true });
    mkdirSync(join(types, "node_modules"));
    for (const name of ["@types", "undici-types"])
      symlinkSync(resolve("node_modules", name), join(types, "node_modules", name));
    const flags = ["--noEmit", "--strict", "--types", "node", "--target", "ES2022"];
    const options = [...flags, "--module", module, "--moduleResolution", resolution];
    const args = [resolve("node_modules/.bin/tsc"), ...options, "right.ts", "wrong.ts"];
    const { status, output } = run(process.execPath, args, types);
    expect(status).not.toBe(0);
    expect(output.match(/\w+\.ts|TS\d+/g)).toEqual(["wrong.ts", "TS2322", "wrong.ts", "TS2339"]);
  });
});

const RIGHT = `
import type { IncomingMessage } from "node:http";
import { type HeaderCaller, type RequestCaller, readCaller, readCallerFromHeaders } from "portcullis-caller";
export const caller = (event: { requestContext: { authorizer?: Record<string, unknown> | null } }): RequestCaller => readCaller(event);
export const distinct = (request: IncomingMessage): HeaderCaller => readCallerFromHeaders(request.headersDistinct);
export const joined = (request: IncomingMessage): HeaderCaller => readCallerFromHeaders(request.headers);
export const fetched = (request: Request): readonly string[] => readCallerFromHeaders(request.headers).roles;
`;
const WRONG = `
import { readCallerFromHeaders } from "portcullis-caller";
export const tenant: number = readCallerFromHeaders({}).tenantId;
export const plan = readCallerFromHeaders({}).plan;
`;
