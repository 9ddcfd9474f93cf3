import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { replay } from "../../../cli/commands/policies/replay.ts";
import { UsageError } from "../../../cli/shared/flags.ts";
import { runVerb, sampleWith } from "../run-verb.ts";

type Line = Readonly<Record<string, unknown>>;

/** Any client may do what its user may. */
const CLIENTS = 'default: { ceiling: ["ANY /**", documents.purge] }\n';
const ONE_ISSUER = {
  "issuers.yaml": 'main: { preset: generic, tenants: "*" }\n',
  "clients.yaml": CLIENTS,
};
const ANN = { iss: "https://id.example.com", sub: "ann", tenant: "acme", roles: ["editor"], aud: "api" };

const line = (request: string, allowed: unknown, claims: unknown = ANN, more: Line = {}): Line => {
  const [method, path] = request.split(" ");
  return { method, path, claims, allowed, ...more };
};

function writeFile(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-foreign-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "file"), text);
  return join(folder, "file");
}

const writeLines = (lines: readonly (Line | string)[]): string =>
  writeFile(lines.map((one) => (typeof one === "string" ? one : JSON.stringify(one))).join("\n"));

const ISSUERS = { main: { url: "https://id.example.com", audiences: ["api"] } };

async function run(
  lines: readonly (Line | string)[],
  { files = ONE_ISSUER, issuers, flags = [] }: Partial<Options> = {},
) {
  const trust = issuers === undefined ? [] : ["--issuers", writeFile(JSON.stringify(issuers))];
  return runVerb(
    replay,
    ...["--foreign", writeLines(lines), "--policies", sampleWith(files), ...trust, ...flags],
  );
}
interface Options {
  readonly files: Readonly<Record<string, string>>;
  readonly issuers: unknown;
  readonly flags: readonly string[];
}

async function report(lines: readonly (Line | string)[], options: Partial<Options> = {}) {
  const { status, stdout } = await run(lines, { ...options, flags: ["--format", "json"] });
  return { status, ...(JSON.parse(stdout) as Line) };
}

const NOTHING = { newlyDenied: [], newlyAllowed: [], unjudged: [] };
const denied = (reason: string, tenant: string) => ({
  ...{ status: 1, newlyAllowed: [], unjudged: [] },
  newlyDenied: [{ tenant, reasons: [reason] }],
});

describe("npx portcullis replay --foreign", () => {
  it("finds no differences if the files decide as the other authorizer", async () => {
    expect(
      await report([
        line("GET /documents?limit=2", true),
        line("PUT /documents/42", true),
        line("DELETE /documents/42", false),
        line("GET /nowhere", false),
        line("GET /health", true, null),
      ]),
    ).toEqual({ status: 0, requests: 5, otherLines: 0, same: 5, ...NOTHING });
  });

  it("prints what is newly denied and newly allowed, by tenant and route, with the line to edit", async () => {
    const { status, stdout } = await run([
      "START RequestId: 1",
      line("DELETE /documents/1", true),
      line("DELETE /documents/2", true),
      line("GET /documents", false, { ...ANN, tenant: "globex" }),
      line("GET /documents", false, { ...ANN, tenant: "initech" }),
    ]);
    expect(status).toBe(1);
    const lines = stdout.split("\n");
    expect(lines.filter((one) => !one.startsWith("      "))).toEqual([
      "Newly denied (2):",
      "  2 × acme: DELETE /documents/{documentId}, as editor: route_not_granted",
      "Newly allowed (1):",
      "  1 × globex: GET /documents, as editor",
      "4 requests, 1 other line: 1 unchanged, 2 newly denied, 1 newly allowed, 0 not judged",
      "",
    ]);
    expect(stdout).toMatch(/role editor does not allow DELETE \/documents\/{documentId} \(.*editor.yaml:4\)/);
  });

  it("decides bound parameters by the values in the path", async () => {
    expect(await report([line("PATCH /users/ann", true), line("PATCH /users/bob", true)])).toMatchObject({
      same: 1,
      newlyDenied: [{ route: "PATCH /users/{userId}", count: 1 }],
    });
  });

  it.each([
    ["no route of the files", line("GET /nowhere", true), "no such route", "(anybody)"],
    [
      "a tenant that is not there",
      line("GET /documents", true, { ...ANN, tenant: "x" }),
      "unknown_tenant",
      "x",
    ],
    [
      "claims without tenant",
      line("GET /documents", true, { ...ANN, tenant: 4 }),
      "no_tenant",
      "(no tenant)",
    ],
    [
      "claims without subject",
      line("GET /documents", true, { ...ANN, sub: undefined }),
      "claims_invalid",
      "(no caller)",
    ],
    [
      "a bound token",
      line("GET /documents", true, { ...ANN, cnf: { jkt: "x" } }),
      "token_bound",
      "(no caller)",
    ],
    [
      "a token that had expired",
      line("GET /documents", true, { ...ANN, exp: 1_000 }, { time: 2_000 }),
      "token_expired",
      "(no caller)",
    ],
  ])("is denied: %s", async (_name, one, reason, tenant) => {
    expect(await report([one])).toMatchObject(denied(reason, tenant));
  });

  it.each([
    ["another audience", { ...ANN, aud: "other" }, "audience_wrong"],
    ["another issuer", { ...ANN, iss: "https://other.example.com" }, "issuer_unknown"],
    ["no issuer", { ...ANN, iss: undefined }, "issuer_unknown"],
  ])("checks with --issuers: %s", async (_name, claims, reason) => {
    const lines = [line("GET /documents", true), line("GET /documents", true, claims)];
    expect(await report(lines, { issuers: ISSUERS })).toMatchObject({
      ...denied(reason, "(no caller)"),
      same: 1,
    });
  });

  it("finds each line's issuer by its iss", async () => {
    const okta = { url: "https://acme.okta.example", audiences: ["api"] };
    const claims = {
      ...ANN,
      iss: okta.url,
      client_id: "acme-intranet",
      tenant: "globex",
      org: "acme",
      groups: ["Quill Authors"],
    };
    expect(
      await report([line("PUT /documents/42", true, claims)], {
        files: {},
        issuers: { ...ISSUERS, "acme-okta": okta },
      }),
    ).toMatchObject({ status: 0, same: 1 });
  });

  it("limits the delegate of a line by the ceiling of the delegate's own issuer", async () => {
    const wide = '{ ceiling: ["ANY /**"] }';
    const files = {
      "issuers.yaml": `main: { preset: generic, tenants: "*", subjects: own }
agents: { preset: generic, tenants: [acme] }
`,
      "clients.yaml": `default: { ceiling: [documents.read] }
issuers:
  main: { clients: { web: ${wide} }, delegates: { writer: ${wide} } }
  agents: { delegates: { scanner: ${wide} } }
`,
    };
    const agents = { url: "https://agents.example.com", audiences: ["api"] };
    const through = (allowed: boolean, act: unknown) =>
      line("PUT /documents/42", allowed, { ...ANN, client_id: "web", act });
    const lines = [
      through(true, undefined),
      through(true, { sub: "writer" }),
      through(false, { sub: "scanner" }),
      through(true, { iss: agents.url, sub: "scanner" }),
      through(false, { iss: agents.url, sub: "writer" }),
      through(false, { iss: "https://other.example.com", sub: "scanner" }),
    ];
    expect(await report(lines, { files, issuers: { ...ISSUERS, agents } })).toMatchObject({
      ...{ status: 0, same: lines.length },
    });
    expect(await report([through(true, "writer")])).toMatchObject(
      denied("delegation_invalid", "(no caller)"),
    );
  });

  it.each([
    ["claims: null", line("GET /documents", true, null), /no claims/],
    ["allowed that is no boolean", line("GET /documents", "yes"), /whether the request was allowed/],
  ])("counts what it cannot judge: %s", async (_name, one, why) => {
    expect(await report([one])).toMatchObject({
      ...{ status: 0, same: 0, unjudged: [{ count: 1, why: expect.stringMatching(why) }] },
    });
  });

  it("does not judge a denial of a caller whose memberships are in the table", async () => {
    const files = {
      ...ONE_ISSUER,
      "issuers.yaml": 'main: { preset: generic, tenants: "*", memberships: merge }\n',
    };
    const lines = [line("GET /documents", true), line("DELETE /documents/42", true)];
    expect(await report(lines, { files })).toMatchObject({
      ...{ same: 1, newlyDenied: [], unjudged: [{ why: expect.stringContaining("--table") }] },
    });
  });

  it("selects the tenant by the line, if the API has a tenant selector in a header", async () => {
    const { readFileSync } = await import("node:fs");
    const api = readFileSync(new URL("../../../policies/api.yaml", import.meta.url), "utf8");
    const files = {
      "api.yaml": api.replace("x-portcullis:\n", "x-portcullis:\n  tenant: { header: X-Tenant }\n"),
      ...ONE_ISSUER,
    };
    const lines = [
      line("GET /documents", true, ANN, { tenant: "acme" }),
      line("GET /documents", true, ANN, { tenant: "globex" }),
      line("GET /documents", true),
    ];
    expect(await report(lines, { files })).toMatchObject({
      ...{ same: 1, newlyDenied: [{ reasons: ["no_tenant"] }], unjudged: [{ count: 1 }] },
    });
  });

  it.each([
    ["no line is a request", ["START RequestId: 1"], {}, /no line has a method/],
    [
      "several issuers and no --issuers",
      [line("GET /documents", true)],
      { files: {} },
      /--issuers is missing/,
    ],
    ["--log too", [line("GET /documents", true)], { flags: ["--log", "x"] }, /--log and --foreign/],
  ])("rejects: %s", async (_name, lines, options, message) => {
    const failure = await run(lines, options).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UsageError);
    expect((failure as Error).message).toMatch(message);
  });

  it("rejects --issuers without --foreign", async () => {
    await expect(runVerb(replay, "--log", "x", "--issuers", "y")).rejects.toThrow("only with --foreign");
  });
});
