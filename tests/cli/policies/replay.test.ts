import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { replay } from "../../../cli/commands/policies/replay.ts";
import { UsageError } from "../../../cli/shared/flags.ts";
import { loadPolicyFolder } from "../../../cli/shared/policy-folder.ts";
import { readLogRecord } from "../../../core/policy-files/replay/log-record.ts";
import { startStack } from "../../../local/stack.ts";
import { runVerb, sampleWith } from "../run-verb.ts";

type Line = Readonly<Record<string, unknown>>;

const decision = (changes: Line = {}): Line => ({
  level: "info",
  message: "decision",
  outcome: "allow",
  status: 200,
  tenantId: "acme",
  userId: "ann",
  roles: ["editor"],
  scopes: "docs:write",
  issuer: "main",
  policyVersion: "v1",
  route: "GET /documents",
  group: "g1",
  requestId: "d1",
  ...changes,
});

const request = (method: string, path: string, resource: string, changes: Line = {}): Line => ({
  requestId: "a1",
  extendedRequestId: "x1",
  time: "2026-11-02T10:00:00Z",
  method,
  path,
  resource,
  status: 200,
  tenantId: "acme",
  userId: "ann",
  policyVersion: "v1",
  integrationLatencyMs: 3,
  ...changes,
});
const DENIED: Line = {
  status: 403,
  responseType: "ACCESS_DENIED",
  reason: "route_not_granted",
  integrationLatencyMs: undefined,
};

function writeLog(...lines: (Line | string)[]): string {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-replay-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(
    join(folder, "log"),
    lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n"),
  );
  return join(folder, "log");
}

async function report(lines: (Line | string)[], changes: Readonly<Record<string, string>> = {}) {
  const { status, stdout } = await runVerb(
    replay,
    "--log",
    writeLog(...lines),
    "--policies",
    sampleWith(changes),
    "--format",
    "json",
  );
  return { status, ...(JSON.parse(stdout) as Line) };
}

const NOTHING = { newlyDenied: [], newlyAllowed: [], unjudged: [] };

describe("npx portcullis replay", () => {
  it("finds no differences if the files decide as before", async () => {
    expect(
      await report([
        decision(),
        request("GET", "/documents", "/documents"),
        request("PUT", "/documents/42", "/documents/{documentId}"),
        request("GET", "/reports/usage", "/reports/usage", DENIED),
      ]),
    ).toEqual({ status: 0, requests: 3, decisions: 1, otherLines: 0, same: 3, ...NOTHING });
  });

  it("prints the requests that are newly denied and newly allowed, by tenant and route", async () => {
    const lines = [
      decision(),
      decision({ requestId: "d2", userId: "bob", roles: ["viewer"] }),
      request("PUT", "/documents/1", "/documents/{documentId}"),
      request("PUT", "/documents/2", "/documents/{documentId}"),
      request("GET", "/reports/usage", "/reports/usage", DENIED),
      request("GET", "/reports/usage", "/reports/usage", { ...DENIED, userId: "bob" }),
      request("GET", "/documents", "/documents"),
    ];
    const changes = { "roles/editor.yaml": "extends: [viewer]\nallow: [reports.read]\n" };
    expect(await report(lines, changes)).toMatchObject({
      status: 1,
      same: 2,
      newlyDenied: [
        {
          tenant: "acme",
          route: "PUT /documents/{documentId}",
          count: 2,
          roles: ["editor"],
          reasons: ["route_not_granted"],
        },
      ],
      newlyAllowed: [
        { tenant: "acme", route: "GET /reports/usage", count: 1, roles: ["editor"], reasons: [] },
      ],
      unjudged: [],
    });
    const folder = sampleWith(changes);
    const { status, stdout } = await runVerb(replay, "--log", writeLog(...lines), "--policies", folder);
    expect(status).toBe(1);
    expect(stdout).toBe(
      [
        "Newly denied (2):",
        "  2 × acme: PUT /documents/{documentId}, as editor: route_not_granted",
        `      role editor does not allow PUT /documents/{documentId} (${folder}/roles/editor.yaml:2)`,
        `      to change: add \`documents.write\` to ${folder}/roles/editor.yaml:2`,
        "Newly allowed (1):",
        "  1 × acme: GET /reports/usage, as editor",
        `      role editor allows it by "reports.read" (${folder}/roles/editor.yaml:2)`,
        "5 requests, 2 decisions: 2 unchanged, 2 newly denied, 1 newly allowed, 0 not judged",
        "",
      ].join("\n"),
    );
  });

  it("decides bound parameters by the values in the path, after a stage or a base path", async () => {
    const changes = {
      "roles/editor.yaml":
        "extends: [viewer]\nallow:\n  - route: PUT /documents/{documentId}\n    where: { documentId: subject }\n",
    };
    const lines = [
      decision(),
      request("PUT", "/prod/documents/ann", "/documents/{documentId}"),
      request("PUT", "/prod/documents/bob", "/documents/{documentId}"),
      request("GET", "/prod/files/a/b.txt", "/files/{proxy+}"),
    ];
    expect(await report(lines, changes)).toMatchObject({ same: 2, newlyDenied: [{ count: 1 }] });
  });

  it("prefers the decision line of the request itself to others of the same caller", async () => {
    const lines = [
      decision({ requestId: "x1", roles: ["viewer"] }),
      decision({ requestId: "x2", roles: ["editor"] }),
      request("PUT", "/documents/1", "/documents/{documentId}", { ...DENIED, extendedRequestId: "x1" }),
    ];
    expect(await report(lines)).toMatchObject({ status: 0, same: 1, ...NOTHING });
  });

  it("counts a removed route as denied, and a public one as unchanged", async () => {
    const open = { tenantId: undefined, userId: undefined, policyVersion: undefined };
    const lines = [
      decision(),
      request("GET", "/gone", "/gone"),
      request("GET", "/health", "/health", open),
      request("GET", "/status", "/status", open),
    ];
    expect(await report(lines)).toMatchObject({
      same: 1,
      newlyDenied: [
        { tenant: "(anybody)", route: "GET /status", reasons: ["no such route"] },
        { tenant: "acme", route: "GET /gone", reasons: ["no such route"] },
      ],
    });
  });

  it("counts a backend's own 403 as an allowed request", async () => {
    const lines = [
      decision(),
      request("PUT", "/documents/1", "/documents/{documentId}", {
        status: 403,
        responseType: "-",
        integrationStatus: "403",
      }),
    ];
    expect(await report(lines)).toMatchObject({ status: 0, same: 1 });
  });

  it.each<[string, (Line | string)[]]>([
    [
      "the log has no decision line for the caller, so the caller's roles are not known",
      [request("GET", "/documents", "/documents")],
    ],
    [
      "the log has no decision line for the caller, so the caller's roles are not known",
      [decision({ policyVersion: "v2" }), request("GET", "/documents", "/documents")],
    ],
    [
      "the request matched no route",
      [request("GET", "/nowhere", "-", { status: 403, responseType: "MISSING_AUTHENTICATION_TOKEN" })],
    ],
    [
      "the response was 401, so the caller is not known",
      [request("GET", "/documents", "/documents", { status: 401, tenantId: "-" })],
    ],
    [
      "the authorizer failed",
      [request("GET", "/documents", "/documents", { status: 500, responseType: "AUTHORIZER_FAILURE" })],
    ],
    [
      "several callers with different roles or clients may have sent the request",
      [
        decision({ roles: ["viewer"] }),
        decision({ requestId: "d2" }),
        request("PUT", "/documents/1", "/documents/{documentId}"),
      ],
    ],
    [
      "the decision depends on roles or scopes that the log does not have",
      [
        decision({ outcome: "deny", status: 403, roles: undefined, scopes: undefined, reason: "no_role" }),
        request("GET", "/documents", "/documents", DENIED),
      ],
    ],
    [
      "no caller is logged: the route was public, or the response was sent before the caller was known",
      [request("GET", "/documents", "/documents", { tenantId: undefined })],
    ],
  ])("counts what cannot be judged, with the reason: %s", async (why, lines) => {
    expect(await report(lines)).toMatchObject({ status: 0, same: 0, unjudged: [{ why, count: 1 }] });
  });

  it("replays the requests of one client, with the ceilings of client and delegate", async () => {
    const of = (id: string, changes: Line) => [
      decision({ requestId: id, ...changes }),
      request("PUT", "/documents/1", "/documents/{documentId}", { requestId: id, extendedRequestId: id }),
    ];
    const lines = [
      ...of("r1", { clientId: "quill-web" }),
      ...of("r2", { clientId: "quill-web", delegate: "main quill-agent", priorDelegates: ["main planner"] }),
      ...of("r3", { clientId: "unknown" }),
      ...of("r4", { userId: "bob", clientId: "quill-web" }),
      request("PUT", "/documents/1", "/documents/{documentId}", {
        requestId: "hit",
        extendedRequestId: "hit",
      }),
    ];
    const counts = async (...args: string[]) => {
      const { requests, same, newlyDenied, unjudged } = JSON.parse(
        (
          await runVerb(
            replay,
            ...["--policies", sampleWith(), "--log", writeLog(...lines), "--format", "json", ...args],
          )
        ).stdout,
      );
      return { requests, same, denied: newlyDenied[0]?.count ?? 0, unjudged };
    };
    const unjudged = (why: string) => [{ why: `${why} may have sent the request`, count: 1 }];
    expect(await counts("--client", "quill-web")).toEqual({
      requests: 4,
      same: 2,
      denied: 1,
      unjudged: unjudged("another client of the same caller"),
    });
    expect(await counts("--client", "other")).toMatchObject({ requests: 0 });
    expect(await counts()).toMatchObject({ requests: 5, same: 2, denied: 2 });
  });

  it("judges a denial without roles if no role would change it", async () => {
    const denial = {
      outcome: "deny",
      status: 403,
      roles: undefined,
      scopes: undefined,
      reason: "tenant_suspended",
    };
    const lines = [
      decision({ ...denial, tenantId: "initech" }),
      request("GET", "/documents", "/documents", { ...DENIED, tenantId: "initech" }),
    ];
    expect(await report(lines)).toMatchObject({ status: 0, same: 1 });
  });

  it("reads the deployed access log, with any text around a line", async () => {
    const deployed = {
      requestId: "x1",
      time: "02/Nov/2026:10:00:00 +0000",
      method: "GET",
      path: "/prod/documents",
      resource: "/documents",
      status: "200",
      responseType: "-",
      integrationStatus: "200",
      tenantId: "acme",
      userId: "ann%20b",
      policyVersion: "v1",
      reason: "route_not_granted",
    };
    const lines = [
      `2026-11-02T10:00:00.000Z ${JSON.stringify(deployed)}`,
      JSON.stringify({ timestamp: 1, message: JSON.stringify(decision({ userId: "ann%20b" })) }),
      "START RequestId: 1",
      "{broken",
    ];
    expect(await report(lines)).toMatchObject({
      status: 0,
      requests: 1,
      decisions: 1,
      otherLines: 2,
      same: 1,
    });
    expect(readLogRecord(JSON.stringify(deployed))).toMatchObject({
      subject: "ann b",
      responseType: undefined,
    });
  });

  it("does not read metrics as claims, and ignores lines of level debug", () => {
    const metrics = { FunctionName: "f", Outcome: "allow", Reason: "no_role", Tenant: "acme" };
    const line = decision({ ...metrics, correlationId: "order-1", email: "ann@example.com" });
    const record = readLogRecord(JSON.stringify(line));
    expect(record.kind === "decision" && record.caller?.claims).toEqual({ email: "ann@example.com" });
    const response = { principalId: "ann", policyDocument: {}, context: { tenantId: "acme" } };
    const debug = { level: "debug", message: "decision detail", requestId: "d1", group: "g1", response };
    expect(readLogRecord(JSON.stringify(debug))).toEqual({ kind: "other" });
  });

  it("reads the log of the local stack, also for cached requests", async () => {
    const folder = sampleWith();
    const { policies } = loadPolicyFolder(folder, "dev");
    if (policies === undefined) throw new Error("The sample has errors");
    const lines: string[] = [];
    const stack = await startStack({
      policies: [policies],
      cache: "auto",
      ttl: 60,
      port: 0,
      onAccessLog: (entry) => lines.push(JSON.stringify(entry)),
      onLambdaLog: (line) => lines.push(line),
    });
    try {
      const token = await stack.provider("main")?.mint({
        tenants: ["acme"],
        roles: ["editor"],
        subject: "ann",
        scopes: [],
        claims: {},
        expiresIn: 600,
      });
      for (const [method, path] of [
        ["PUT", "/documents/1"],
        ["PUT", "/documents/2"],
        ["DELETE", "/documents/1"],
        ["GET", "/health"],
        ["GET", "/nowhere"],
      ] as const)
        await fetch(stack.origin + path, { method, headers: { authorization: `Bearer ${token}` } });
    } finally {
      await stack.close();
    }
    expect(await report(lines)).toMatchObject({
      status: 0,
      requests: 5,
      same: 4,
      unjudged: [{ why: "the request matched no route" }],
    });
    const changes = { "roles/editor.yaml": "extends: [viewer]\n" };
    expect(await report(lines, changes)).toMatchObject({
      status: 1,
      newlyDenied: [{ tenant: "acme", route: "PUT /documents/{documentId}", count: 2 }],
    });
  });

  it("requires a log file that exists", async () => {
    await expect(runVerb(replay)).rejects.toThrow(UsageError);
    await expect(runVerb(replay, "--log", "no-such-file")).rejects.toThrow(
      "--log: there is no file no-such-file",
    );
    expect((await runVerb(replay, "--help")).stdout).toContain("newly denied");
  });
});
