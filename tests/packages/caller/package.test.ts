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
    const files = sources.flatMap((name) => [`${name}.d.ts`, `${name}.js`]);
    expect(readdirSync(join(installed, "dist")).sort()).toEqual(["cjs", ...files]);
    expect(readdirSync(join(installed, "dist/cjs")).sort()).toEqual([...files, "package.json"].sort());
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
      const headers = { "x-user-id": ["ann"], "x-tenant-id": ["acme"], "x-roles": ["viewer"], "x-issuer": ["main"], "x-actor": ["-"], "x-delegate": ["-"], "x-omitted": ["-"] };
      let rejected;
      try { readCaller({ requestContext: {} }); } catch (error) { rejected = error instanceof MissingCallerError; }
      console.log(JSON.stringify([
        readCaller({ requestContext: { authorizer } }).tenantId, readCallerFromHeaders(headers).tenantId, rejected,
      ]));`;
    const { status, output } = run(process.execPath, ["--input-type=module", "-e", program], folder);
    expect([status, output.trim()]).toEqual([0, '["acme","acme",true]']);
  });

  it("works in a CommonJS project, with types", () => {
    const project = join(folder, "commonjs");
    mkdirSync(project);
    writeFileSync(join(project, "package.json"), JSON.stringify({ type: "commonjs" }));
    writeFileSync(join(project, "index.ts"), COMMONJS);
    const flags = ["--strict", "--skipLibCheck", "--types", "", "--target", "ES2022", "--module", "NodeNext"];
    const compiler = resolve("node_modules/.bin/tsc");
    expect(run(process.execPath, [compiler, ...flags, "index.ts"], project)).toEqual({
      status: 0,
      output: "",
    });
    expect(readFileSync(join(project, "index.js"), "utf8")).toContain('require("portcullis-caller")');
    const { status, output } = run(process.execPath, ["-p", "require('./index.js').tenant"], project);
    expect([status, output.trim()]).toEqual([0, "acme"]);
  });

  it("takes the events of the frameworks as they are", () => {
    const project = join(folder, "frameworks");
    mkdirSync(join(project, "node_modules"), { recursive: true });
    writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module" }));
    writeFileSync(join(project, "index.ts"), FRAMEWORKS);
    for (const name of readdirSync("node_modules").filter((one) => !one.startsWith(".")))
      symlinkSync(resolve("node_modules", name), join(project, "node_modules", name));
    const flags = ["--noEmit", "--strict", "--skipLibCheck", "--types", "node", "--target", "ES2022"];
    const compiler = resolve("node_modules/.bin/tsc");
    const { output } = run(
      process.execPath,
      [compiler, ...flags, "--module", "NodeNext", "index.ts"],
      project,
    );
    expect(output).toBe("");
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

const COMMONJS = `
import { type RequestCaller, readCaller } from "portcullis-caller";
const authorizer = { userId: "ann", tenantId: "acme", roles: "viewer", issuer: "main", policyVersion: "v" };
const caller: RequestCaller = readCaller({ requestContext: { authorizer } });
export const tenant: string = caller.tenantId;
`;
const FRAMEWORKS = `
import type { RequestContext } from "@aws-lambda-powertools/event-handler/types";
import type { APIGatewayProxyEvent as ParsedEvent, APIGatewayProxyEventV2 as ParsedEventV2 } from "@aws-lambda-powertools/parser/types";
import { getCurrentInvoke } from "@codegenie/serverless-express";
import type { PromiseHandler } from "@fastify/aws-lambda";
import type { Request } from "@middy/core";
import type * as lambda from "aws-lambda";
import type { Context } from "hono";
import type { LambdaContext, LambdaEvent } from "hono/aws-lambda";
import { type RequestCaller, readCaller } from "portcullis-caller";

export const hono = (c: Context<{ Bindings: { event: LambdaEvent; lambdaContext: LambdaContext } }>): RequestCaller =>
  readCaller(c.env.event);
export const powertools = ({ event }: RequestContext): RequestCaller => readCaller(event);
export const parsed = (event: ParsedEvent): RequestCaller => readCaller(event);
export const parsedV2 = (event: ParsedEventV2): RequestCaller => readCaller(event);
export const fastify = (event: Parameters<PromiseHandler<lambda.APIGatewayProxyEvent>>[0]): RequestCaller => readCaller(event);
export const fastifyV2 = (event: Parameters<PromiseHandler<lambda.APIGatewayProxyEventV2>>[0]): RequestCaller => readCaller(event);
export const express = (): RequestCaller => readCaller(getCurrentInvoke().event);
export const middy = (request: Request<lambda.APIGatewayProxyEvent>): RequestCaller => readCaller(request.event);
export const middyV2 = (request: Request<lambda.APIGatewayProxyEventV2>): RequestCaller => readCaller(request.event);
export const own = (event: lambda.APIGatewayProxyEventV2WithLambdaAuthorizer<object>): RequestCaller => readCaller(event);
// @ts-expect-error a request of HTTP is no event
readCaller(new Request("https://example.com"));
// @ts-expect-error a string is no event
readCaller("event");
`;
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
