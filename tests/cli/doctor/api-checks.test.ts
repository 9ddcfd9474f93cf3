import { describe, expect, it } from "vitest";
import { examine, isSound } from "../../../cli/doctor/checks.ts";
import {
  ALIAS_ARN,
  API_ARN,
  findingLines,
  soundState,
  unwrap,
  withApi,
  withAuthorizer,
  withGuards,
} from "./sound-state.ts";

const GUARDED = "GET /documents/{documentId}";
const guard = unwrap(soundState().api).shape.guards.get(GUARDED) ?? "";
const other = guard === "portcullis_g1" ? "portcullis_g2" : "portcullis_g1";
/** Expects one finding, so that only the planted fault is reported. */
const only = (lines: readonly string[]): string => {
  expect(lines).toHaveLength(1);
  return lines[0] ?? "";
};

describe("a sound deployment", () => {
  it("has no findings except notes, and all checks run", () => {
    expect(findingLines(soundState())).toEqual([]);
    expect(isSound(examine(soundState()))).toBe(true);
    expect(new Set(examine(soundState()).map(({ check }) => check)).size).toBe(18);
  });
});

describe("API keys", () => {
  it("are reported if methods require one that the authorizer returns and API Gateway reads elsewhere", () => {
    expect(only(findingLines(withApi(() => ({ keyed: [GUARDED] }))))).toMatch(
      /^api-keys error: 1 method requires an API key, .* 403 INVALID_API_KEY → npx portcullis deploy dev; then terraform apply /,
    );
    expect(findingLines(withApi(() => ({ keyed: [GUARDED], keySource: "AUTHORIZER" })))).toEqual([]);
  });

  it("are no error of an adopted API, whose owner may use keys of clients", () => {
    const adopted = withApi(() => ({ keyed: [GUARDED] }), { adopted: true });
    expect(findingLines(adopted).find((line) => line.startsWith("api-keys"))).toMatch(/^api-keys warning: /);
  });
});

describe("routes", () => {
  const METADATA = "/.well-known/oauth-protected-resource";

  it("need no metadata document, which is only deployed where its URL is known", () => {
    const without = withGuards({ [`GET ${METADATA}`]: null, [`OPTIONS ${METADATA}`]: null });
    expect(findingLines(without)).toEqual([]);
  });

  it("report a metadata document behind an authorizer", () => {
    expect(only(findingLines(withGuards({ [`GET ${METADATA}`]: guard })))).toMatch(
      /oauth-protected-resource is public, but behind portcullis_g\d: callers without a token get 401/,
    );
  });

  it("reports a missing route, with the command that imports the definition again", () => {
    expect(only(findingLines(withGuards({ [GUARDED]: null })))).toMatch(
      /^routes error: not found: the route GET \/documents\/\{documentId\} → .*put-rest-api --rest-api-id abcdef1234/,
    );
  });

  it("reports a route without an authorizer as open", () => {
    expect(only(findingLines(withGuards({ [GUARDED]: "NONE" })))).toContain(
      "has no authorizer, so it is open to everyone",
    );
  });

  it("reports a route behind another group's authorizer", () => {
    expect(only(findingLines(withGuards({ [GUARDED]: other })))).toContain(
      `must be behind ${guard}, but is behind ${other}`,
    );
  });

  it("reports a route that no file declares, and whether it is open", () => {
    expect(only(findingLines(withGuards({ "GET /admin": "NONE" })))).toContain(
      "GET /admin is in no policy file, and is open to everyone",
    );
    expect(only(findingLines(withGuards({ "PUT /health": guard })))).toContain(
      `PUT /health is in no policy file, and is behind ${guard}`,
    );
  });

  it("reports a public route with an authorizer", () => {
    expect(only(findingLines(withGuards({ "GET /health": guard })))).toContain(
      "callers without a token get 401",
    );
  });

  it("accepts any other authorizer for an external route, and reports a missing one as open", () => {
    expect(findingLines(withGuards({ "GET /partners": "a-user-pool" }))).toEqual([]);
    expect(only(findingLines(withGuards({ "GET /partners": "NONE" })))).toContain("open to everyone");
    expect(only(findingLines(withGuards({ "GET /partners": guard })))).toContain(
      "must have another authorizer (auth: external)",
    );
  });

  it("reports that the build is not deployed, and to deploy it", () => {
    const state = withGuards({ [GUARDED]: null });
    const lines = findingLines({ ...state, target: { ...state.target, buildDigest: "d0" } });
    expect(lines[0]).toContain("build error: another build was deployed");
    expect(lines[1]).toMatch(/^routes .*→ npx portcullis deploy dev$/);
  });
});

describe("authorizers", () => {
  it("reports a missing authorizer", () => {
    expect(only(findingLines(withAuthorizer(guard, null)))).toContain(`not found: the authorizer ${guard}`);
  });

  it("reports a wrong TTL, with the command that sets it", () => {
    expect(only(findingLines(withAuthorizer(guard, { ttl: 3600 })))).toMatch(
      /caches for 3600 s, but must cache for 60 s → aws apigateway update-authorizer .*--authorizer-id id\d .*"value":"60"/,
    );
  });

  it("reports identity sources that are in another order or missing", () => {
    const { sources } = unwrap(soundState().api).shape.authorizers.get(guard) ?? { sources: [] };
    for (const changed of [[...sources].reverse(), sources.slice(1), []])
      expect(only(findingLines(withAuthorizer(guard, { sources: changed })))).toContain(
        "another caller or route could get a cached response",
      );
  });

  it("requires the same TTL above 0 for all if the staleness is not known", () => {
    const without = withAuthorizer(guard, { ttl: 59 });
    const state = { ...without, target: { ...without.target, stalenessSeconds: undefined } };
    expect(only(findingLines(state))).toContain("cache for 59, 60 s: expected the same number above 0");
  });

  it("reports an authorizer of type TOKEN, and one that belongs to no group", () => {
    expect(only(findingLines(withAuthorizer(guard, { type: "TOKEN" })))).toContain(
      "but must have the type REQUEST",
    );
    const state = withApi(({ shape }) => {
      const authorizers = new Map(shape.authorizers);
      const one = authorizers.get(guard);
      if (one !== undefined) authorizers.set("portcullis_g9", one);
      return { shape: { ...shape, authorizers } };
    });
    expect(only(findingLines(state))).toContain("authorizers warning: portcullis_g9 belongs to no group");
  });

  it("reports an authorizer that calls another alias", () => {
    const uri = `arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/${ALIAS_ARN}0/invocations`;
    expect(only(findingLines(withAuthorizer(guard, { uri })))).toContain(`but must call ${ALIAS_ARN}`);
  });
});

describe("the deployment", () => {
  it("reports each route that changed after the stage was deployed", () => {
    const state = soundState();
    const shape = unwrap(state.deployed);
    const guards = new Map(shape.guards).set(GUARDED, other);
    guards.delete("GET /health");
    expect(only(findingLines({ ...state, deployed: { value: { ...shape, guards } } }))).toMatch(
      /^deployment error: .*GET \/documents\/\{documentId\} changed, GET \/health is new → .*terraform apply .*-replace=/,
    );
  });

  it("does not compare gateway responses if the export has none, and says so", () => {
    const state = soundState();
    const deployed = { value: { ...unwrap(state.deployed), responses: new Map() } };
    expect(findingLines({ ...state, deployed })).toEqual([]);
    const findings = examine({ ...state, deployed }).find((one) => one.check === "deployment")?.findings;
    expect(findings?.[0]?.evidence).toContain("so they were not compared");
  });

  it("reports that it could not be checked", () => {
    const failure = { why: "the stage's export: AccessDeniedException", fix: "allow it" };
    expect(only(findingLines({ ...soundState(), deployed: { failure } }))).toBe(
      "deployment error: this could not be checked: the stage's export: AccessDeniedException → allow it",
    );
  });
});

describe("gateway responses", () => {
  const withResponses = (change: (responses: Map<string, { template: string; headers: object }>) => void) =>
    withApi(({ shape }) => {
      const responses = new Map(shape.responses);
      change(responses as Map<string, { template: string; headers: object }>);
      return { shape: { ...shape, responses } };
    });

  it("reports responses that are missing, have another body, or lack a header", () => {
    const gone = withResponses((responses) => void responses.delete("ACCESS_DENIED"));
    expect(only(findingLines(gone))).toContain("not found: the gateway responses ACCESS_DENIED");
    const other = withResponses((responses) => {
      const found = responses.get("UNAUTHORIZED");
      if (found !== undefined) responses.set("UNAUTHORIZED", { ...found, headers: {} });
      responses.set("THROTTLED", { template: "{}", headers: responses.get("THROTTLED")?.headers ?? {} });
    });
    expect(findingLines(other)).toHaveLength(2);
  });

  it("is only a warning in an adopted API", () => {
    const state = withResponses((responses) => responses.clear());
    const adopted = { ...state, target: { ...state.target, adopted: true } };
    expect(only(findingLines(adopted))).toMatch(
      /^gateway-responses warning: .* → terraform apply, in your own/,
    );
    expect(isSound(examine(adopted))).toBe(true);
  });
});

describe("preflight", () => {
  it("reports a missing preflight, one behind an authorizer, and one that lacks a method", () => {
    expect(only(findingLines(withGuards({ "OPTIONS /documents": null })))).toContain(
      "not found: OPTIONS /documents",
    );
    expect(only(findingLines(withGuards({ "OPTIONS /documents": guard })))).toContain(
      "browsers send no token with a preflight",
    );
    const state = withApi(({ preflights }) => ({
      preflights: new Map(preflights).set("/documents", { mock: true, methods: ["GET", "OPTIONS"] }),
    }));
    expect(only(findingLines(state))).toContain("OPTIONS /documents does not name POST");
  });

  it("reports a preflight that calls a backend, and an OPTIONS route of an undeclared path", () => {
    const state = withApi(({ preflights }) => ({
      preflights: new Map(preflights).set("/documents", { mock: false, methods: undefined }),
    }));
    expect(only(findingLines(state))).toContain("OPTIONS /documents calls a backend without an authorizer");
    const undeclared = withGuards({ "OPTIONS /backdoor": "NONE" });
    expect(only(findingLines(undeclared))).toMatch(/^routes error: OPTIONS \/backdoor is in no policy file/);
    expect(findingLines({ ...undeclared, target: { ...undeclared.target, adopted: true } })).toEqual([]);
  });

  it("reports the actual response", () => {
    const methods = ["GET", "POST", "OPTIONS"];
    const responses = (status: number, named: string[]) => ({
      ...soundState(),
      preflights: { value: [{ path: "/documents", status, methods: named }] },
    });
    expect(findingLines(responses(204, methods))).toEqual([]);
    expect(only(findingLines(responses(403, methods)))).toContain(
      "the response to OPTIONS /documents has the status 403",
    );
    expect(only(findingLines(responses(204, ["GET"])))).toContain("does not name POST");
  });
});

describe("the resource policy", () => {
  const withPolicy = (...statements: object[]) =>
    withApi(() => ({ policy: JSON.stringify({ Version: "2012-10-17", Statement: statements }) }));
  const open = soundState().build.openMethods;
  const allow = (...resources: string[]) => ({
    Sid: "Open",
    Effect: "Allow",
    Principal: "*",
    Action: "execute-api:Invoke",
    Resource: resources,
  });
  const exactly = allow(...open.map((resource) => `${API_ARN}/dev/${resource}`));

  it("may allow the methods without an authorizer, with or without API Gateway's escaping", () => {
    const deny = {
      Effect: "Deny",
      Principal: "*",
      Action: "execute-api:Invoke",
      Resource: `${API_ARN}/dev/*`,
    };
    const state = withPolicy(exactly, deny);
    expect(findingLines(state)).toEqual([]);
    const text = unwrap(state.api).policy ?? "";
    expect(findingLines(withApi(() => ({ policy: text.replaceAll('"', '\\"') })))).toEqual([]);
  });

  it("reports an Allow that matches a guarded route, in every notation", () => {
    for (const resource of [`${API_ARN}/*`, "execute-api:/*/GET/*", `${API_ARN}/dev/GET/documents/4?`, "*"])
      expect(only(findingLines(withPolicy(exactly, allow(resource))))).toMatch(
        /^resource-policy error: the statement Open allows .* are allowed → remove this Allow/,
      );
    const inverted = { ...allow(), Resource: undefined, NotResource: "execute-api:/dev/GET/health" };
    expect(only(findingLines(withPolicy(exactly, inverted)))).toContain(
      "requests that their authorizer does not mention",
    );
  });

  it("reports methods without an authorizer that it does not allow", () => {
    const health = open.find((resource) => resource.includes("health")) ?? "";
    const rest = exactly.Resource.filter((resource) => !resource.endsWith(health));
    expect(only(findingLines(withPolicy(allow(...rest))))).toContain(`does not allow ${health}`);
  });
});
