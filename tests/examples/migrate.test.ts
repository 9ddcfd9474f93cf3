import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { replay } from "../../cli/commands/policies/replay.ts";
import { runVerb, sampleWith } from "../cli/run-verb.ts";

type Answer = unknown;
type Callback = (error: unknown, answer?: Answer) => void;
type Handler = (event: unknown, context: unknown, callback?: Callback) => unknown;

const FILE = new URL("../../examples/migrate/log-decisions.cjs", import.meta.url);
const { logDecisions } = createRequire(import.meta.url)(FILE.pathname) as {
  logDecisions(handler: Handler, claimNames: readonly string[]): Handler;
};

const ARN = "arn:aws:execute-api:eu-west-1:123456789012:abcdef1234/prod";
const CLAIMS = {
  iss: "https://id.example",
  sub: "ann",
  tenant: "acme",
  roles: ["editor"],
  email: "a@b.c",
  exp: 8e11,
};
const SIGNATURE = "c2lnbmF0dXJl";
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const token = (claims: unknown = CLAIMS) => `${encode({ alg: "RS256" })}.${encode(claims)}.${SIGNATURE}`;

const restEvent = (request: string, authorization = `Bearer ${token()}`) => ({
  type: "REQUEST",
  methodArn: `${ARN}/${request.replace(" /", "/")}`,
  path: `/base${request.split(" ")[1]}`,
  headers: { AUTHORIZATION: authorization },
});
const policy = (...statements: readonly (readonly [effect: string, resource: unknown])[]) => ({
  principalId: "ann",
  policyDocument: {
    Version: "2012-10-17",
    Statement: statements.map(([Effect, Resource]) => ({ Action: "execute-api:Invoke", Effect, Resource })),
  },
});

const NAMES = ["tenant", "roles", "scope"];

/** Runs a wrapped handler as Lambda does, and returns the outcome and the lines that it wrote. */
async function run(handler: Handler, event: unknown) {
  const written = { log: [] as string[], error: [] as string[] };
  const spies = (["log", "error"] as const).map((name) =>
    vi.spyOn(console, name).mockImplementation((text: string) => {
      written[name].push(text);
    }),
  );
  try {
    const outcome = await invoke(logDecisions(handler, NAMES), event);
    return { outcome, lines: written.log, errors: written.error };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** The first of callback and promise decides, as in Lambda's runtime. */
const invoke = (handler: Handler, event: unknown): Promise<unknown> =>
  new Promise((resolve) => {
    const settle: Callback = (error, answer) =>
      resolve(error === null || error === undefined ? { answer } : { error });
    try {
      const result = handler.length < 3 ? handler(event, {}) : handler(event, {}, settle);
      if (result instanceof Promise) result.then((answer) => settle(null, answer), settle);
    } catch (error) {
      settle(error);
    }
  });

const HANDLERS: Readonly<Record<string, (answer: Answer) => Handler>> = {
  async: (answer) => async () => answer,
  "a function that returns a promise": (answer) => () => Promise.resolve(answer),
  callback: (answer) => (_event, _context, callback) => callback?.(null, answer),
  "async with a callback that it calls": (answer) => async (_event, _context, callback) =>
    callback?.(null, answer),
  "async with a callback that it does not call": (answer) => async (_event, _context, _callback) => answer,
};

describe("examples/migrate/log-decisions.cjs", () => {
  it.each(Object.entries(HANDLERS))("logs the decision and returns the answer: %s", async (_name, create) => {
    const answer = policy(["Allow", `${ARN}/GET/documents/*`]);
    const { outcome, lines } = await run(create(answer), restEvent("GET /documents/42"));
    expect((outcome as { answer: unknown }).answer).toBe(answer);
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toEqual({
      method: "GET",
      path: "/documents/42",
      claims: { iss: "https://id.example", sub: "ann", tenant: "acme", roles: ["editor"], exp: 8e11 },
      allowed: true,
      time: expect.any(Number),
    });
  });

  it.each([
    ["a policy that denies", policy(["Deny", "*"]), false],
    ["a policy for other methods", policy(["Allow", `${ARN}/POST/*`]), false],
    ["an Allow with a Deny", policy(["Allow", "*"], ["Deny", [`${ARN}/GET/documents/4?`]]), false],
    ["a list of resources", policy(["Allow", ["x", `${ARN}/GET/documents/42`]]), true],
    ["a dot that is no wildcard", policy(["Allow", ARN.replace("-", ".")]), false],
    ["a simple response", { isAuthorized: true }, true],
    ["a simple denial", { isAuthorized: false, context: {} }, false],
    [
      "a condition",
      {
        policyDocument: {
          Statement: [{ Effect: "Allow", Resource: "*", Condition: { IpAddress: {} } }],
        },
      },
      null,
    ],
  ])("reads the decision of %s", async (_name, answer, allowed) => {
    const { lines } = await run(async () => answer, restEvent("GET /documents/42"));
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ allowed });
  });

  it.each([
    ["async", async () => Promise.reject(new Error("Unauthorized"))],
    ["callback", ((_e: unknown, _c: unknown, callback?: Callback) => callback?.("Unauthorized")) as Handler],
    [
      "a callback handler that throws",
      ((_e: unknown, _c: unknown, _callback?: Callback) => {
        throw new Error("Unauthorized");
      }) as Handler,
    ],
  ])("logs a 401 as a denial, and keeps the error: %s", async (_name, handler) => {
    const { outcome, lines } = await run(handler as Handler, restEvent("GET /documents"));
    const { error } = outcome as { error: Error | string };
    expect(typeof error === "string" ? error : error.message).toBe("Unauthorized");
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ allowed: false }]);
  });

  it("logs no decision for a failure, which is a 500", async () => {
    const failure = new Error("the database is away");
    const { outcome, lines } = await run(async () => Promise.reject(failure), restEvent("GET /documents"));
    expect((outcome as { error: unknown }).error).toBe(failure);
    expect(lines).toEqual([]);
  });

  it.each([
    ["no JWT", restEvent("GET /documents", "Bearer opaque")],
    ["no token", { ...restEvent("GET /documents"), headers: null }],
  ])("logs claims: null for a request with %s", async (_name, event) => {
    const { lines } = await run(async () => policy(["Deny", "*"]), event);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ claims: null, allowed: false });
  });

  it("answers also an event that it cannot read", async () => {
    const { outcome, lines, errors } = await run(async () => ({ isAuthorized: false }), {});
    expect(outcome).toEqual({ answer: { isAuthorized: false } });
    expect([lines, errors]).toEqual([[], ["A decision was not logged"]]);
  });

  it("logs no token and no claim that is not named", async () => {
    const { lines } = await run(async () => ({ isAuthorized: true }), restEvent("GET /documents"));
    expect(lines.join()).not.toContain(SIGNATURE);
    expect(lines.join()).not.toContain("a@b.c");
  });

  it("reads the events of TOKEN authorizers and of HTTP APIs", async () => {
    const events = [
      { type: "TOKEN", methodArn: `${ARN}/GET/a/b`, authorizationToken: `bearer ${token()}` },
      {
        version: "2.0",
        routeArn: `${ARN}/GET/a/b`,
        rawPath: "/prod/a/b",
        headers: { authorization: token() },
      },
    ];
    for (const event of events) {
      const { lines } = await run(async () => ({ isAuthorized: true }), event);
      expect(JSON.parse(lines[0] ?? "")).toMatchObject({ path: "/a/b", claims: { sub: "ann" } });
    }
  });

  it("writes what replay --foreign reads, also in the log formats of Lambda", async () => {
    const allow = async () => ({ isAuthorized: true });
    const { lines } = await run(allow, restEvent("DELETE /documents/42"));
    const [line = ""] = lines;
    const folder = mkdtempSync(join(tmpdir(), "portcullis-foreign-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(
      join(folder, "log"),
      [
        line,
        "START RequestId: 1 Version: $LATEST",
        `2026-11-02T10:00:00.000Z\t8b1c\tINFO\t${line}`,
        JSON.stringify({
          timestamp: "2026-11-02T10:00:00.000Z",
          level: "INFO",
          requestId: "1",
          message: line,
        }),
      ].join("\n"),
    );
    const issuers = "main: { preset: generic, tenants: '*' }\n";
    const policies = sampleWith({
      "issuers.yaml": issuers,
      "clients.yaml": 'default: { ceiling: ["ANY /**", documents.purge] }\n',
    });
    const { stdout } = await runVerb(
      replay,
      ...["--foreign", join(folder, "log"), "--policies", policies, "--format", "json"],
    );
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ requests: 3, otherLines: 1, same: 0, unjudged: [] },
      newlyDenied: [{ tenant: "acme", route: "DELETE /documents/{documentId}", count: 3, roles: ["editor"] }],
    });
  });
});

describe("docs/migrate.md", () => {
  it("shows the tested wrapper unchanged", () => {
    const page = readFileSync("docs/migrate.md", "utf8");
    expect(page).toContain(`\`\`\`js\n${readFileSync(FILE, "utf8")}\`\`\``);
  });
});
