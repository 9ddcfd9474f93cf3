import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readDocumentShape, readHttpShape, readLiveShape } from "../../../cli/doctor/api-shape.ts";
import { examine } from "../../../cli/doctor/checks.ts";
import { patternsIntersect } from "../../../cli/doctor/patterns-intersect.ts";
import { asJson, asLines } from "../../../cli/doctor/print.ts";
import { clockOffset } from "../../../cli/doctor/readers/clock-offset.ts";
import { readTarget, targetOf } from "../../../cli/doctor/target.ts";
import { matchesArnPattern } from "../../../core/policy/arn-pattern.ts";
import { soundState } from "./sound-state.ts";

const flags = { environment: "dev", adopted: false };
const OUTPUTS = {
  ...{ api_id: "abcdef1234", stage: "dev", table_name: "t", caching_mode: "route", url: "https://x" },
  ...{ authorizer: { function: "f", version: "1", alias: "layout-1" }, staleness_seconds: 90 },
};

describe("an HTTP API", () => {
  const AUTHORIZERS = [
    {
      AuthorizerId: "a1",
      Name: "portcullis_all",
      AuthorizerType: "REQUEST" as const,
      AuthorizerUri: "arn:uri",
      IdentitySource: ["$stageVariables.portcullis_all", "$request.header.Authorization"],
      AuthorizerResultTtlInSeconds: 60,
    },
  ];

  it("has the routes of GetRoutes, ANY for each method, with their authorizers' names", () => {
    const { guards, authorizers } = readHttpShape(
      [
        { RouteKey: "GET /a", AuthorizationType: "CUSTOM", AuthorizerId: "a1" },
        { RouteKey: "ANY /a", AuthorizationType: "NONE" },
        { RouteKey: "GET /b", AuthorizationType: "JWT", AuthorizerId: "gone" },
        { RouteKey: "GET /c", AuthorizationType: "AWS_IAM" },
        { RouteKey: "$default" },
      ],
      AUTHORIZERS,
    );
    expect(guards.get("GET /a")).toBe("portcullis_all");
    expect(guards.get("POST /a")).toBe("NONE");
    expect(guards.get("GET /b")).toBe("JWT, by the authorizer gone, which does not exist");
    expect(guards.get("GET /c")).toBe("AWS_IAM");
    expect(guards.get("$default ")).toBe("NONE");
    expect(authorizers.get("portcullis_all")).toMatchObject({ type: "REQUEST", uri: "arn:uri", ttl: 60 });
  });

  it("is examined without what only a REST API has", () => {
    const sound = soundState();
    const state = { ...sound, build: { ...sound.build, http: true } };
    const checks = examine(state).map(({ check }) => check);
    expect(checks).toContain("routes");
    expect(checks).toContain("stage-variables");
    expect(checks).not.toContain("gateway-responses");
    expect(checks).not.toContain("deployment");
  });

  it("has the stage $default in every environment", () => {
    expect(targetOf({ ...OUTPUTS, stage: "$default" }, flags).stage).toBe("$default");
  });
});

describe("the target", () => {
  it("comes from Terraform's outputs", () => {
    expect(targetOf({ ...OUTPUTS, keeper: "terraform" }, flags)).toEqual({
      ...{ environment: "dev", adopted: false, stage: "dev", api: "abcdef1234", table: "t", function: "f" },
      ...{ url: "https://x", mode: "route", stalenessSeconds: 90, buildDigest: undefined },
      keeper: "terraform",
    });
  });

  it("is rejected if Terraform is initialised for another environment", () => {
    expect(() => targetOf(OUTPUTS, { ...flags, environment: "prod" })).toThrow(
      /initialised for dev here, not for prod: run terraform init -reconfigure/,
    );
  });

  it("is named by all four flags, or by none", async () => {
    await expect(readTarget({ ...flags, api: "a", table: "t" })).rejects.toThrow(
      "--stage, --function are missing",
    );
    const target = await readTarget({ ...flags, api: "a", stage: "s", table: "t", function: "f", url: "u" });
    expect(target).toMatchObject({
      api: "a",
      stage: "s",
      table: "t",
      function: "f",
      url: "u",
      mode: undefined,
    });
  });
});

describe("the offset of a clock", () => {
  const at = Date.parse("2026-11-25T12:00:00Z");
  const date = "Wed, 25 Nov 2026 12:00:10 GMT";

  it("is computed from Date for the middle of the request, with the time in a cache added", () => {
    expect(clockOffset({ date }, at, at + 1_000)).toBe(10);
    expect(clockOffset({ date, age: "20" }, at, at + 1_000)).toBe(30);
  });

  it("is undefined without a valid Date", () => {
    expect(clockOffset({ date: null }, at, at)).toBeUndefined();
    expect(clockOffset({ date: "soon" }, at, at)).toBeUndefined();
  });
});

describe("two patterns", () => {
  it("intersect if and only if some string matches both", () => {
    const pattern = fc.stringMatching(/^[ab/*?]{0,4}$/);
    const texts = [...allStrings(6)];
    fc.assert(
      fc.property(pattern, pattern, (one, two) => {
        const shared = texts.some((text) => matchesArnPattern(one, text) && matchesArnPattern(two, text));
        expect([one, two, patternsIntersect(one, two)]).toEqual([one, two, shared]);
      }),
      { numRuns: 150 },
    );
  });
});

/** Generates every string of a, b and / up to a length. */
function* allStrings(maxLength: number): Generator<string> {
  let last = [""];
  for (let length = 0; length <= maxLength; length++) {
    yield* last;
    last = last.flatMap((text) => ["a", "b", "/"].map((letter) => text + letter));
  }
}

describe("an API's shape", () => {
  const scheme = (authtype?: string) => ({
    type: "apiKey",
    ...(authtype && { "x-amazon-apigateway-authtype": authtype }),
  });
  const document = {
    paths: {
      "/a": {
        get: { security: [{ key: [] }, { g1: [] }] },
        post: { security: [{ key: [] }] },
        "x-amazon-apigateway-any-method": { security: [{ iam: [] }] },
        parameters: [],
      },
    },
    components: { securitySchemes: { key: scheme(), g1: scheme("custom"), iam: scheme("awsSigv4") } },
  };

  it("of a document ignores a scheme without an authorizer, and expands ANY", () => {
    const { guards } = readDocumentShape(document);
    expect(guards.get("GET /a")).toBe("g1");
    expect(guards.get("POST /a")).toBe("NONE");
    expect(guards.get("DELETE /a")).toBe("AWS_IAM");
    expect(guards.size).toBe(7);
  });

  it("of a live API is the same", () => {
    const method = (authorizationType: string, authorizerId?: string) => ({
      authorizationType,
      ...(authorizerId && { authorizerId }),
    });
    const resources = [
      { path: "/" },
      {
        path: "/a",
        resourceMethods: { GET: method("CUSTOM", "1"), POST: method("NONE"), ANY: method("AWS_IAM") },
      },
    ];
    const { guards } = readLiveShape(resources, [{ id: "1", name: "g1" }], []);
    expect(Object.fromEntries(guards)).toEqual(Object.fromEntries(readDocumentShape(document).guards));
  });

  it("of a live API leaves default responses out", () => {
    const responses = [
      { responseType: "THROTTLED", defaultResponse: true },
      {
        responseType: "UNAUTHORIZED",
        defaultResponse: false,
        responseTemplates: { "application/json": "{}" },
      },
    ] as const;
    expect([...readLiveShape([], [], [...responses]).responses.keys()]).toEqual(["UNAUTHORIZED"]);
  });

  it("marks a method whose authorizer does not exist", () => {
    const resources = [
      { path: "/a", resourceMethods: { GET: { authorizationType: "CUSTOM", authorizerId: "9" } } },
    ];
    expect(readLiveShape(resources, [], []).guards.get("GET /a")).toContain("which does not exist");
  });
});

describe("the output of npx portcullis doctor", () => {
  const state = soundState();
  const broken = { ...state, logRole: { value: undefined } };

  it("marks each check, and prints the fix of each finding", () => {
    const lines = asLines(examine(broken), broken.target);
    expect(lines.some((line) => line.startsWith("✓ routes: every route of the policy files"))).toBe(true);
    const at = lines.findIndex((line) => line.startsWith("✗ logs: "));
    expect(lines[at + 1]).toMatch(/^ {4}error: API Gateway has no role/);
    expect(lines[at + 2]).toMatch(/^ {6}fix: create it once with the module account-logging/);
    expect(lines.at(-1)).toBe("dev (abcdef1234/dev) is not sound: 1 error, 0 warnings, 2 not checked");
  });

  it("claims nothing that was not checked", () => {
    const { issuers, ...sound } = state;
    if (!("value" in issuers)) throw new Error("The sound state has no issuers");
    const clockless = issuers.value.map((reading) => ({
      ...reading,
      clock: undefined,
      discovery: undefined,
    }));
    const withKeysUrl = clockless.map(({ issuer, ...rest }) => ({
      ...rest,
      issuer: { ...issuer, jwksUri: "https://id.example.com/keys" },
    }));
    const lines = asLines(examine({ ...sound, issuers: { value: withKeysUrl } }), state.target);
    for (const check of ["token", "preflight", "clocks", "issuers"]) {
      const at = lines.findIndex((line) => line.startsWith(`? ${check} (not fully checked): `));
      expect([check, lines[at + 1]]).toEqual([check, expect.stringMatching(/^ {4}not checked: /)]);
    }
    expect(lines.some((line) => /^✓ (token|preflight|clocks|issuers)/.test(line))).toBe(false);
  });

  it("has the same results as JSON", () => {
    const output = JSON.parse(asJson(examine(broken), broken.target)) as {
      sound: boolean;
      checks: unknown[];
    };
    expect([output.sound, output.checks.length]).toEqual([false, 18]);
  });
});
