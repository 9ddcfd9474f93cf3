import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shapeOfDocument, shapeOfLive } from "../../../cli/doctor/api-shape.ts";
import { examine } from "../../../cli/doctor/checks.ts";
import { clockAhead } from "../../../cli/doctor/clock.ts";
import { patternsIntersect } from "../../../cli/doctor/patterns-meet.ts";
import { readTarget, targetOf } from "../../../cli/doctor/target.ts";
import { asJson, asLines } from "../../../cli/doctor/tell.ts";
import { matchesArnPattern } from "../../../core/policy/arn-pattern.ts";
import { soundState } from "./sound-state.ts";

const flags = { environment: "dev", adopted: false };
const OUTPUTS = {
  ...{ api_id: "abcdef1234", stage: "dev", table_name: "t", caching_mode: "route", url: "https://x" },
  ...{ authorizer: { function: "f", version: "1", alias: "layout-1" }, staleness_seconds: 90 },
};

describe("the target", () => {
  it("is what Terraform has", () => {
    expect(targetOf(OUTPUTS, flags)).toEqual({
      ...{ environment: "dev", adopted: false, stage: "dev", api: "abcdef1234", table: "t", function: "f" },
      ...{ url: "https://x", mode: "route", stalenessSeconds: 90, buildDigest: undefined },
    });
  });

  it("is refused where Terraform is initialised for another environment", () => {
    expect(() => targetOf(OUTPUTS, { ...flags, environment: "prod" })).toThrow(
      /initialised for dev here, not for prod: terraform init -reconfigure/,
    );
  });

  it("is named by all four flags, or by none", async () => {
    await expect(readTarget({ ...flags, api: "a", table: "t" })).rejects.toThrow(
      "--stage, --function missing",
    );
    const named = await readTarget({ ...flags, api: "a", stage: "s", table: "t", function: "f", url: "u" });
    expect(named).toMatchObject({
      api: "a",
      stage: "s",
      table: "t",
      function: "f",
      url: "u",
      mode: undefined,
    });
  });
});

describe("a clock", () => {
  const at = Date.parse("2026-11-25T12:00:00Z");
  const date = "Wed, 25 Nov 2026 12:00:10 GMT";

  it("is read from Date, in the middle of the request, and what a cache kept it is added", () => {
    expect(clockAhead({ date }, at, at + 1_000)).toBe(10);
    expect(clockAhead({ date, age: "20" }, at, at + 1_000)).toBe(30);
  });

  it("is not known without one", () => {
    expect(clockAhead({ date: null }, at, at)).toBeUndefined();
    expect(clockAhead({ date: "soon" }, at, at)).toBeUndefined();
  });
});

describe("two patterns", () => {
  it("meet where some text is matched by both, and nowhere else", () => {
    const pattern = fc.stringMatching(/^[ab/*?]{0,4}$/);
    const texts = [...textsOf(6)];
    fc.assert(
      fc.property(pattern, pattern, (one, two) => {
        const shared = texts.some((text) => matchesArnPattern(one, text) && matchesArnPattern(two, text));
        expect([one, two, patternsIntersect(one, two)]).toEqual([one, two, shared]);
      }),
      { numRuns: 150 },
    );
  });
});

/** Every text of a, b and / up to a length. */
function* textsOf(most: number): Generator<string> {
  let last = [""];
  for (let length = 0; length <= most; length++) {
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

  it("of a document takes a scheme without an authorizer for none, and spells any-methods out", () => {
    const { guards } = shapeOfDocument(document);
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
    const { guards } = shapeOfLive(resources, [{ id: "1", name: "g1" }], []);
    expect(Object.fromEntries(guards)).toEqual(Object.fromEntries(shapeOfDocument(document).guards));
  });

  it("of a live API does not take a default response for a customised one", () => {
    const responses = [
      { responseType: "THROTTLED", defaultResponse: true },
      {
        responseType: "UNAUTHORIZED",
        defaultResponse: false,
        responseTemplates: { "application/json": "{}" },
      },
    ] as const;
    expect([...shapeOfLive([], [], [...responses]).responses.keys()]).toEqual(["UNAUTHORIZED"]);
  });

  it("tells a method whose authorizer is gone", () => {
    const resources = [
      { path: "/a", resourceMethods: { GET: { authorizationType: "CUSTOM", authorizerId: "9" } } },
    ];
    expect(shapeOfLive(resources, [], []).guards.get("GET /a")).toContain("which is not there");
  });
});

describe("what is told", () => {
  const state = soundState();
  const broken = { ...state, logRole: { value: undefined } };

  it("marks what holds and what does not, and gives each finding its fix", () => {
    const lines = asLines(examine(broken), broken.target);
    expect(lines.some((line) => line.startsWith("✓ routes: every route of the policy files"))).toBe(true);
    const at = lines.findIndex((line) => line.startsWith("✗ logs: "));
    expect(lines[at + 1]).toMatch(/^ {4}error: API Gateway has no role/);
    expect(lines[at + 2]).toMatch(/^ {6}fix: manage_account_logging = true/);
    expect(lines.at(-1)).toBe("dev (abcdef1234/dev) is not sound: 1 errors, 0 warnings");
  });

  it("has the same for programs", () => {
    const told = JSON.parse(asJson(examine(broken), broken.target)) as { sound: boolean; checks: unknown[] };
    expect([told.sound, told.checks.length]).toEqual([false, 17]);
  });
});
