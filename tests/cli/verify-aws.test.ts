import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { APIGatewayProxyEvent, APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type LabPart, labDefinition, STAGE_VARIABLES } from "../../cli/verify-aws/definition.ts";
import { readToken, writeToken } from "../../cli/verify-aws/instructions.ts";
import { allow, type Lab, type ProbeResponse, sender } from "../../cli/verify-aws/lab.ts";
import { authorizer, echo } from "../../cli/verify-aws/lambdas.ts";
import { finding, type Probe, type ProbeFinding, probe, runProbes } from "../../cli/verify-aws/probe.ts";
import {
  cachePerAuthorizer,
  flush,
  resourcePathKey,
  stageVariableChange,
  stageVariables,
} from "../../cli/verify-aws/probes/caching.ts";
import { spoofedHeaders } from "../../cli/verify-aws/probes/headers.ts";
import {
  dotSegments,
  emptySegments,
  encodedLetters,
  encodedSlash,
  letterCase,
  trailingSlash,
} from "../../cli/verify-aws/probes/paths.ts";
import {
  challengeHeader,
  contextInErrors,
  dateConditions,
  responseSize,
} from "../../cli/verify-aws/probes/responses.ts";
import { backtracking, undeclaredVerbs } from "../../cli/verify-aws/probes/routes.ts";
import { PROBES } from "../../cli/verify-aws/probes.ts";
import { printTable, summary } from "../../cli/verify-aws/table.ts";
import { createUndo } from "../../cli/verify-aws/undo.ts";
import {
  type ArnDecoding,
  createGateway,
  type Gateway,
  type Invocable,
} from "../../local/apigateway/rest/gateway.ts";

const KEY = "test-key";
const AUTHORIZER_ARN = "arn:aws:lambda:eu-west-1:123456789012:function:verify-authorizer";
const ECHO_ARN = "arn:aws:lambda:eu-west-1:123456789012:function:verify-echo";
const servers: Server[] = [];

beforeEach(() => vi.stubEnv("VERIFY_KEY", KEY));
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(
    servers.splice(0).map((server) => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    }),
  );
});

const invocationUri = (arn: string): string =>
  `arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/${arn}/invocations`;

/** A function of the temporary API, in this process. */
const invocable = <Event>(handler: (event: Event) => Promise<object>): Invocable => ({
  async invoke(event) {
    try {
      return { ok: true, payload: await handler(event as Event) };
    } catch (error) {
      const { name, message } = error as Error;
      return { ok: false, error: { errorType: name, errorMessage: message } };
    }
  },
});

interface LocalLab extends Lab {
  readonly url: string;
}

/** Runs the temporary API in the local gateway. */
async function localLab(encodedPaths: ArnDecoding, without: readonly LabPart[] = []): Promise<LocalLab> {
  const current: { gateway?: Gateway } = {};
  const server = createServer({ maxHeaderSize: 65_536 }, (req, res) => current.gateway?.handle(req, res));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const variables = { ...STAGE_VARIABLES };
  const gateway = createGateway({
    definition: labDefinition({
      authorizerUri: invocationUri(AUTHORIZER_ARN),
      echoUri: invocationUri(ECHO_ARN),
      selfUrl: url,
      without: new Set(without),
    }),
    functions: new Map([
      [AUTHORIZER_ARN, invocable<APIGatewayRequestAuthorizerEvent>(authorizer)],
      [ECHO_ARN, invocable<APIGatewayProxyEvent>(echo)],
    ]),
    stage: { name: "verify", variables },
    region: "eu-west-1",
    accountId: "123456789012",
    apiId: "api1234567",
    encodedPaths,
  });
  current.gateway = gateway;
  return {
    url,
    send: sender(url, KEY),
    flushAuthorizers: () => Promise.resolve(gateway.flushAuthorizerCache()),
    setStageVariable: (name, value) => Promise.resolve(void Object.assign(variables, { [name]: value })),
    settle: () => Promise.resolve(),
    notImported: new Map(without.map((name) => [name, "Invalid identity source"])),
  };
}

const run = async (one: Probe, encodedPaths: ArnDecoding = "as_sent"): Promise<ProbeFinding> =>
  one.run(await localLab(encodedPaths));

const response = (changes: Partial<ProbeResponse> = {}): ProbeResponse => ({
  status: 200,
  type: undefined,
  resource: "/p/{one}",
  seen: { methodArn: "GET/p/a", resource: "/p/{one}", path: "/p/a" },
  callId: "c1",
  headers: {},
  received: {},
  ...changes,
});

describe("every probe against the local gateway", () => {
  it.each(["as_sent", "decoded", "unknown"] as const)(
    "finds nothing open and nothing unclear: %s",
    async (encodedPaths) => {
      const lab = await localLab(encodedPaths);
      const results = await runProbes(PROBES, lab, {
        signal: new AbortController().signal,
        print: () => undefined,
      });
      const verdicts = results.map(({ probe: { id }, finding: { verdict } }) => `${id}: ${verdict}`);
      expect(verdicts).toEqual(PROBES.map(({ id }) => `${id}: as assumed`));
    },
  );
});

describe("encoded slashes", () => {
  it("are found as sent, with the setting", async () => {
    const observed = "as sent; ARN …/GET/p/a%2Fb";
    expect(await run(encodedSlash)).toEqual({
      observed,
      verdict: "as assumed",
      setting: "--encoded-paths as_sent",
    });
  });

  it("are found decoded", async () => {
    const observed = "decoded; ARN …/GET/p/a/b";
    const setting = "keep --encoded-paths unknown (the default)";
    expect(await run(encodedSlash, "decoded")).toEqual({ observed, verdict: "as assumed", setting });
  });

  it("keep the default in all other cases", async () => {
    expect((await run(encodedSlash, "unknown")).observed).toMatch(/^an Allow of one spelling is not enough/);
    const open = response();
    expect(encodedSlash.interpret({ open, asSent: true, decoded: true }).setting).toMatch(/unknown/);
    expect(
      encodedSlash.interpret({ open: response({ status: 400 }), asSent: false, decoded: false }),
    ).toMatchObject({
      observed: "denied with 400 under every policy",
      setting: expect.stringContaining("unknown"),
    });
  });
});

describe("spellings of one path", () => {
  it("are all needed in the local gateway, which assumes the worst case", async () => {
    expect((await run(trailingSlash)).observed).toBe("all spellings together are needed");
    expect((await run(encodedLetters)).observed).toBe("evaluated as GET/p/%7eann");
    expect((await run(encodedLetters, "decoded")).observed).toBe("evaluated as GET/p/~ann");
  });

  it("differ if a request is denied with all spellings that Portcullis allows", () => {
    const each = { "GET/p/a": false };
    expect(trailingSlash.interpret({ each, together: false }).verdict).toBe("differs");
    expect(encodedLetters.interpret({ each, together: false }).setting).toMatch(/unencoded/);
  });
});

describe("paths that could reach another route", () => {
  it("are open if a Deny of //* does not match an ARN with //", () => {
    const seen = { methodArn: "GET/p//a", resource: "/p/{one}", path: "/p//a" };
    const facts = [{ path: "/p//a", response: response({ seen }) }];
    expect(emptySegments.interpret(facts)).toMatchObject({
      verdict: "open",
      setting: expect.stringContaining("route"),
    });
    expect(emptySegments.interpret([{ path: "/p//a", response: response() }]).verdict).toBe("as assumed");
  });

  it("are open if dot segments reach a route that was not granted", () => {
    const facts = [{ path: "/p/../q/a", response: response({ resource: "/q/{one}" }) }];
    expect(dotSegments.interpret(facts)).toMatchObject({ verdict: "open" });
  });

  it("are open if the match ignores letter case", () => {
    expect(letterCase.interpret({ other: true, same: true }).verdict).toBe("open");
    expect(letterCase.interpret({ other: false, same: false }).verdict).toBe("unclear");
  });
});

describe("authorizer responses", () => {
  it("may have a lower limit than assumed; then another mode helps", async () => {
    expect((await run(responseSize)).observed).toBe(
      "4000 bytes: 200; 8000 bytes: 200; 8600 bytes: 500; 16000 bytes: 500; 64000 bytes: 500",
    );
    expect(responseSize.interpret([{ bytes: 8_000, status: 500 }])).toMatchObject({ verdict: "differs" });
    expect(responseSize.interpret([{ bytes: 16_000, status: 200 }]).verdict).toBe("as assumed");
  });

  it("may not add their context to errors, or may be ignored", () => {
    expect(contextInErrors.interpret(response({ status: 403, callId: undefined })).verdict).toBe("differs");
    expect(contextInErrors.interpret(response({ status: 200 })).verdict).toBe("open");
  });

  it("may have a challenge in a header of the same name, of another name, or that cannot be imported", async () => {
    const [unauthorized, denied, without] = [401, 403, 403].map((status) => response({ status }));
    const all = { rejected: undefined, unauthorized, denied, without } as Parameters<
      typeof challengeHeader.interpret
    >[0];
    expect(await run(challengeHeader)).toMatchObject({ verdict: "as assumed" });
    const received = { "x-amzn-remapped-www-authenticate": "Bearer" };
    expect(challengeHeader.interpret({ ...all, denied: response({ status: 403, received }) })).toMatchObject({
      observed:
        "401: no header; 403: x-amzn-remapped-www-authenticate: Bearer; 403 without a challenge: no header",
      verdict: "differs",
    });
    const lab = await localLab("as_sent", ["challenge"]);
    expect(await challengeHeader.run(lab)).toMatchObject({
      observed: expect.stringContaining("403: Invalid identity source;"),
      setting: expect.stringContaining("--cache token"),
    });
    expect(challengeHeader.interpret({ ...all, denied: response() }).verdict).toBe("unclear");
  });

  it("may have conditions that are evaluated, never true or ignored", async () => {
    expect((await run(dateConditions)).observed).toBe(
      "aws:CurrentTime is evaluated; aws:EpochTime is evaluated",
    );
    const epoch = { future: false, past: false };
    expect(dateConditions.interpret({ current: epoch, epoch }).verdict).toBe("as assumed");
    expect(dateConditions.interpret({ current: { future: true, past: true }, epoch })).toMatchObject({
      observed: "aws:CurrentTime is ignored; aws:EpochTime is never true",
      verdict: "differs",
    });
  });
});

describe("caching", () => {
  const two = { first: ["1", "1"], second: ["2", "2"] };
  const shared = { first: ["1", "1"], second: ["1", "1"] };
  const nothing = { first: ["1", "2"], second: ["3", "4"] };
  const rejected = undefined;

  it("may be shared between authorizers or not: both are as assumed", () => {
    expect(cachePerAuthorizer.interpret(two).observed).toMatch(/^no/);
    expect(cachePerAuthorizer.interpret(shared)).toMatchObject({ observed: "yes", verdict: "as assumed" });
  });

  it("is open if a stage variable is not part of the key", () => {
    expect(stageVariables.interpret({ ...shared, rejected, unset: 401 }).verdict).toBe("open");
    expect(stageVariables.interpret({ ...two, rejected, unset: 200 }).verdict).toBe("differs");
    expect(stageVariableChange.interpret({ ...shared, rejected }).verdict).toBe("open");
  });

  it("is open if two routes share a response in mode route", () => {
    const [one, two_] = [
      ["1", "1"],
      ["2", "2"],
    ];
    expect(resourcePathKey.interpret({ rejected, one, two: one, other: one }).verdict).toBe("open");
    expect(resourcePathKey.interpret({ rejected, one, two: two_, other: ["3"] }).verdict).toBe("differs");
  });

  it("differs if a flush does not empty the cache", () => {
    expect(flush.interpret(shared).verdict).toBe("differs");
    expect(flush.interpret(two).verdict).toBe("as assumed");
  });

  it("is unclear if no response was used twice", () => {
    for (const one of [cachePerAuthorizer, flush]) expect(one.interpret(nothing).verdict).toBe("unclear");
    expect(stageVariables.interpret({ ...nothing, rejected, unset: 401 }).verdict).toBe("unclear");
    expect(stageVariableChange.interpret({ ...nothing, rejected }).verdict).toBe("unclear");
  });

  it("differs with the error message of an import that API Gateway rejects, and the other probes still run", async () => {
    const lab = await localLab("as_sent", ["by_route", "stage_a", "stage_b", "stage_unset"]);
    for (const one of [stageVariables, stageVariableChange, resourcePathKey])
      expect(await one.run(lab)).toMatchObject({
        verdict: "differs",
        observed: "API Gateway does not import it: Invalid identity source",
      });
    expect((await encodedSlash.run(lab)).verdict).toBe("as assumed");
  });
});

describe("headers", () => {
  it("of a client are open if they arrive in any spelling", () => {
    const arrived = [
      ["x_tenant_id", "forged-by-client"],
      ["X-Tenant-Id", "from-authorizer"],
    ] as const;
    expect(spoofedHeaders.interpret([{ sent: "x_tenant_id", status: 200, arrived }])).toMatchObject({
      verdict: "open",
      observed: "it arrives when sent as x_tenant_id",
    });
    expect(spoofedHeaders.interpret([{ sent: "X", status: 200, arrived: [] }]).verdict).toBe("differs");
    expect(spoofedHeaders.interpret([{ sent: "X", status: 504, arrived: [] }]).verdict).toBe("unclear");
  });
});

describe("route selection", () => {
  it("may backtrack or not", () => {
    expect(backtracking.interpret(response({ resource: "/t/{one}/other" })).verdict).toBe("as assumed");
    expect(backtracking.interpret(response({ status: 403, resource: undefined })).verdict).toBe("as assumed");
    expect(backtracking.interpret(response({ resource: "/g/{proxy+}" })).verdict).toBe("unclear");
  });

  it("of undeclared methods may differ", () => {
    expect(
      undeclaredVerbs.interpret({ "/u/lit": response({ status: 403, resource: undefined }) }).verdict,
    ).toBe("differs");
  });
});

describe("the temporary API", () => {
  it("rejects requests without the run's key", async () => {
    const lab = await localLab("as_sent");
    expect((await lab.send({ path: "/p/a", statements: [allow("*")] })).status).toBe(200);
    const stranger = sender(lab.url, "another-key");
    const statements = [allow("*")];
    expect((await stranger({ path: "/p/a", statements })).status).toBe(401);
    expect((await stranger({ path: "/echo", statements })).status).toBe(404);
  });

  it.each([
    undefined,
    "",
    "Bearer",
    "Bearer x",
    `Bearer ${writeToken({ key: "", nonce: "", statements: [] })}`,
  ])("rejects the header %j", (header) => {
    expect(readToken(header, KEY)).toBeUndefined();
    expect(readToken(header, "")).toBeUndefined();
    expect(readToken(header, undefined)).toBeUndefined();
  });
});

describe("running probes", () => {
  const about = { id: "x", question: "Q?", assumed: "a" };
  const fine = probe(
    about,
    () => Promise.resolve(1),
    () => finding("as assumed", "o"),
  );
  const broken = probe(
    about,
    () => Promise.reject(new Error("socket hang up")),
    () => finding("open", "o"),
  );
  const lab = {} as Lab;

  it("continues after a probe that fails, which is unclear", async () => {
    const results = await runProbes([broken, fine], lab, {
      signal: new AbortController().signal,
      print: () => undefined,
    });
    expect(results.map(({ finding: { verdict } }) => verdict)).toEqual(["unclear", "as assumed"]);
    expect(results[0]?.finding.observed).toBe("the probe failed: socket hang up");
    expect(summary(results)).toBe("Nothing is open: 1 as assumed, 0 different but closed, 1 unclear");
  });

  it("stops when it is interrupted", async () => {
    const stop = new AbortController();
    const printed: string[] = [];
    const stopping = probe(
      about,
      () => Promise.resolve(stop.abort()),
      () => finding("as assumed", "o"),
    );
    const running = runProbes([stopping, fine], lab, {
      signal: stop.signal,
      print: (line) => printed.push(line),
    });
    await expect(running).rejects.toThrow("aborted");
    expect(printed).toEqual(["1/2 Q?"]);
  });

  it("prints a table of fixed width", () => {
    const long = finding(
      "open",
      `${"x".repeat(120)} and more words that do not fit on one line`,
      "--cache route",
    );
    const lines = printTable([{ probe: fine, finding: long }]);
    expect(lines.every((line) => line.length <= 157)).toBe(true);
    expect(lines.join("\n")).toContain("OPEN: --cache route");
    expect(summary([{ probe: fine, finding: long }])).toMatch(/^1 OPEN/);
  });
});

describe("undo", () => {
  it("deletes in reverse order, continues after a failure, and prints what is left", async () => {
    const undo = createUndo();
    const [deleted, printed]: [string[], string[]] = [[], []];
    const add = (what: string, run: () => Promise<void>) =>
      undo.add({ what, byHand: `aws delete ${what}`, run });
    add("role", () => Promise.resolve(void deleted.push("role")));
    add("function", () => Promise.reject(new Error("denied")));
    add("api", () => Promise.resolve(void deleted.push("api")));
    expect(await undo.all((line) => printed.push(line))).toBe(1);
    expect(deleted).toEqual(["api", "role"]);
    expect(printed).toContain(
      "NOT deleted: function (Error: denied); delete it by hand: aws delete function",
    );
    expect(undo.byHand()).toEqual(["aws delete function"]);
  });
});
