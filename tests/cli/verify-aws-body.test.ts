import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { verifyAws } from "../../cli/commands/deploy/verify-aws.ts";
import { loadEnvironments } from "../../cli/shared/load-environments.ts";
import { fillBody } from "../../cli/verify-aws/body.ts";
import { finding, probe } from "../../cli/verify-aws/probe.ts";
import { printReport } from "../../cli/verify-aws/report.ts";
import type { ApiType } from "../../core/model/layout.ts";
import { DEFAULT_LAYOUT_OPTIONS } from "../../core/policy-files/compile/build-layout.ts";
import { compilePolicies } from "../../core/policy-files/compile/compile.ts";
import { runVerb } from "./run-verb.ts";

const folders: string[] = [];
const servers: Server[] = [];

beforeEach(() => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
});
afterEach(() => {
  vi.unstubAllEnvs();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** Returns the sample's definition as it is built. */
function built(apiType: ApiType): Record<string, unknown> {
  const policies = loadEnvironments("policies", "dev", { all: true });
  if (policies === undefined) throw new Error("The sample has errors");
  const compiled = compilePolicies(policies, "auto", DEFAULT_LAYOUT_OPTIONS, apiType);
  return JSON.parse(JSON.stringify(compiled.definitions[compiled.mode])) as Record<string, unknown>;
}

function fileWith(document: unknown): string {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-body-"));
  folders.push(folder);
  const file = join(folder, "body.json");
  writeFileSync(file, typeof document === "string" ? document : JSON.stringify(document));
  return file;
}

type Operation = { readonly security?: readonly Record<string, unknown>[] };
interface Imported {
  readonly info: { readonly title: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/**
 * Starts an API Gateway that imports what it gets, without the operations of some paths.
 *
 * @param warnings what it returns for an import
 */
async function fakeAws(warnings: readonly string[], without: readonly string[] = []) {
  const calls: string[] = [];
  let imported: Imported | undefined;
  const operations = () =>
    Object.entries(imported?.paths ?? {})
      .filter(([path]) => !without.includes(path))
      .flatMap(([path, item]) =>
        Object.entries(item).map(([method, operation]) => {
          const [name] = Object.keys(operation.security?.[0] ?? {});
          return { path, method: method.toUpperCase(), name };
        }),
      );
  const names = () => [...new Set(operations().flatMap(({ name }) => name ?? []))];
  const respond = (call: string, body: string): object => {
    if (call.startsWith("POST /restapis?")) {
      imported = JSON.parse(body) as Imported;
      return { id: "abcdef1234", name: imported.info.title, warnings };
    }
    if (call.startsWith("PUT /v2/apis") || call.startsWith("POST /v2/apis")) {
      imported = JSON.parse(JSON.parse(body).body as string) as Imported;
      return { apiId: "abcdef1234", name: imported.info.title, warnings };
    }
    const methods = (path: string) =>
      Object.fromEntries(
        operations()
          .filter((one) => one.path === path)
          .map(({ method, name }) => [
            method,
            { authorizationType: name ? "CUSTOM" : "NONE", ...(name && { authorizerId: name }) },
          ]),
      );
    const title = imported?.info.title;
    return (
      {
        "GET /restapis/abcdef1234/resources": {
          item: [...new Set(operations().map(({ path }) => path))].map((path) => ({
            path,
            resourceMethods: methods(path),
          })),
        },
        "GET /restapis/abcdef1234/authorizers": { item: names().map((name) => ({ id: name, name })) },
        "GET /restapis": {
          item: [
            { id: "abcdef1234", name: title },
            { id: "other", name: "another" },
          ],
        },
        "GET /v2/apis/abcdef1234/routes": {
          items: operations().map(({ path, method, name }) => ({
            routeKey: `${method} ${path}`,
            authorizationType: name ? "CUSTOM" : "NONE",
            authorizerId: name,
          })),
        },
        "GET /v2/apis/abcdef1234/authorizers": {
          items: names().map((name) => ({ authorizerId: name, name, authorizerType: "REQUEST" })),
        },
        "GET /v2/apis": {
          items: [
            { apiId: "abcdef1234", name: title },
            { apiId: "other", name: "another" },
          ],
        },
      }[call.split("?", 1).join("")] ?? {}
    );
  };
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk);
    const call = `${req.method} ${req.url}`;
    calls.push(call.split("?", 1).join(""));
    res.setHeader("content-type", "application/json");
    res.end(JSON.stringify(respond(call, Buffer.concat(chunks).toString())));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  vi.stubEnv("AWS_ENDPOINT_URL", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return { calls, title: () => imported?.info.title };
}

const verify = (...args: string[]) => runVerb(verifyAws, "--region", "eu-central-1", "--yes", ...args);

describe("npx portcullis verify-aws --body", () => {
  it.each([
    ["rest", "DELETE /restapis/abcdef1234"],
    ["http-simple", "DELETE /v2/apis/abcdef1234"],
  ] as const)(
    "imports a built definition, and deletes only the API that it made: %s",
    async (type, deletion) => {
      const aws = await fakeAws([]);
      const { status, stdout } = await verify("--body", fileWith(built(type)));
      expect(stdout).toContain(`API Gateway imports it whole, as a ${type === "rest" ? "rest" : "http"} API`);
      expect(status).toBe(0);
      expect(aws.title()).toMatch(/^portcullis-verify-[0-9a-f]{6}$/);
      expect(aws.calls.filter((call) => call.startsWith("DELETE"))).toEqual([deletion]);
    },
  );

  it.each(["rest", "http-simple"] as const)("prints warnings and what was lost: %s", async (type) => {
    await fakeAws(["Unable to create a model for Document"], ["/documents"]);
    const { status, stdout } = await verify("--body", fileWith(built(type)));
    expect(status).toBe(1);
    expect(stdout).toContain("warning: Unable to create a model for Document");
    expect(stdout).toContain("lost: GET /documents is missing");
    expect(stdout).toContain("with 1 warning; ");
    expect(stdout).toContain("deleted ");
  });

  it("deletes the API also if AWS rejects the body", async () => {
    const aws = await fakeAws([]);
    const [server] = servers;
    server?.removeAllListeners("request");
    server?.on("request", (req, res) => {
      aws.calls.push(`${req.method} ${req.url?.split("?", 1).join("")}`);
      res.setHeader("content-type", "application/json");
      if (req.method !== "POST") return void res.end("{}");
      res.writeHead(400, { "x-amzn-errortype": "BadRequestException" });
      res.end(JSON.stringify({ message: "Unable to put integration" }));
    });
    const { status, stderr } = await verify("--body", fileWith(built("rest")));
    expect([status, stderr]).toEqual([1, expect.stringContaining("Stopped: Unable to put integration")]);
    expect(aws.calls.at(-1)).toBe("GET /restapis");
  });

  it.each([
    ["is missing", "no-such-file", "there is no file no-such-file: run npx portcullis build"],
    ["is not an OpenAPI document", undefined, "is not an OpenAPI document"],
  ])("creates nothing for a file that %s", async (_, file, message) => {
    const aws = await fakeAws([]);
    await expect(verify("--body", file ?? fileWith("a: 1"))).rejects.toThrow(message);
    expect(aws.calls).toEqual([]);
  });

  it("rejects a placeholder that it cannot fill, by name", () => {
    const document = { paths: {}, x: "${issuer_main_url}" };
    expect(() => fillBody(document, "eu-central-1")).toThrow(
      "the placeholder ${issuer_main_url} has no value here: pass the body that Terraform rendered",
    );
  });

  it("leaves no placeholder in a built definition, and a rendered one as it is", () => {
    expect(JSON.stringify(fillBody(built("rest"), "eu-central-1").document)).not.toMatch(/\$\{[a-z_]+\}/);
    const rendered = { paths: {}, x: "$${a}" };
    expect(fillBody(rendered, "eu-central-1").document).toBe(rendered);
  });
});

describe("npx portcullis verify-aws --report", () => {
  it("writes what was found as JSON", async () => {
    await fakeAws(["Ignoring x of 123456789012"]);
    const file = fileWith("");
    await verify("--body", fileWith(built("rest")), "--report", file);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
      region: "eu-central-1",
      time: expect.stringMatching(/^\d{4}-/),
      body: { apiType: "rest", warnings: ["Ignoring x of <account>"], lost: [] },
    });
  });

  it("has the probes, without ids of accounts, APIs and requests", () => {
    const observed =
      "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/verify/GET https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com 0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f arn:aws:apigateway:eu-central-1::/restapis/a1b2c3d4e5";
    const one = probe(
      { id: "x", question: "Is it?", assumed: "yes" },
      async () => 0,
      () => finding("unclear", ""),
    );
    const text = printReport({
      region: "eu-central-1",
      time: "2026-12-01T00:00:00.000Z",
      probes: [{ probe: one, finding: finding("differs", observed, "set it") }],
    });
    expect(text).not.toMatch(/123456789012|a1b2c3d4e5|0a1b2c3d-/);
    expect(JSON.parse(text)).toMatchObject({
      probes: [{ id: "x", question: "Is it?", assumed: "yes", verdict: "differs", setting: "set it" }],
    });
  });
});
