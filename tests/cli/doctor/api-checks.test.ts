import { describe, expect, it } from "vitest";
import { examine, isSound } from "../../../cli/doctor/checks.ts";
import {
  ALIAS_ARN,
  API_ARN,
  known,
  soundState,
  told,
  withApi,
  withAuthorizer,
  withGuards,
} from "./sound-state.ts";

const GUARDED = "GET /documents/{documentId}";
const guard = known(soundState().api).shape.guards.get(GUARDED) ?? "";
const other = guard === "portcullis_g1" ? "portcullis_g2" : "portcullis_g1";
/** One line, so that nothing but the planted fault is told. */
const only = (lines: readonly string[]): string => {
  expect(lines).toHaveLength(1);
  return lines[0] ?? "";
};

describe("a sound deployment", () => {
  it("has no finding but notes, and every check is made", () => {
    expect(told(soundState())).toEqual([]);
    expect(isSound(examine(soundState()))).toBe(true);
    expect(new Set(examine(soundState()).map(({ check }) => check)).size).toBe(17);
  });
});

describe("routes", () => {
  it("tells one that is missing, with the command that puts the definition back", () => {
    expect(only(told(withGuards({ [GUARDED]: null })))).toMatch(
      /^routes error: not found: the route GET \/documents\/\{documentId\} → .*put-rest-api --rest-api-id abcdef1234/,
    );
  });

  it("tells one without an authorizer as open", () => {
    expect(only(told(withGuards({ [GUARDED]: "NONE" })))).toContain(
      "has no authorizer: it lets everybody in",
    );
  });

  it("tells one behind another group's authorizer", () => {
    expect(only(told(withGuards({ [GUARDED]: other })))).toContain(`is of ${guard}, and behind ${other}`);
  });

  it("tells one that no file declares, and whether it is open", () => {
    expect(only(told(withGuards({ "GET /admin": "NONE" })))).toContain(
      "GET /admin is in no policy file, and it lets everybody in",
    );
    expect(only(told(withGuards({ "PUT /health": guard })))).toContain(
      `PUT /health is in no policy file, behind ${guard}`,
    );
  });

  it("tells a public one that has an authorizer", () => {
    expect(only(told(withGuards({ "GET /health": guard })))).toContain("callers without a token get 401");
  });

  it("takes any authorizer but ours for an external route, and tells none as open", () => {
    expect(told(withGuards({ "GET /partners": "a-user-pool" }))).toEqual([]);
    expect(only(told(withGuards({ "GET /partners": "NONE" })))).toContain("lets everybody in");
    expect(only(told(withGuards({ "GET /partners": guard })))).toContain("left to another authorizer");
  });

  it("says that an undeployed build is why, and to deploy it", () => {
    const state = withGuards({ [GUARDED]: null });
    const lines = told({ ...state, target: { ...state.target, buildDigest: "d0" } });
    expect(lines[0]).toContain("build error: another build was deployed");
    expect(lines[1]).toMatch(/^routes .*→ npx portcullis deploy dev$/);
  });
});

describe("authorizers", () => {
  it("tells one that is gone", () => {
    expect(only(told(withAuthorizer(guard, null)))).toContain(`not found: the authorizer ${guard}`);
  });

  it("tells another TTL, with the command that sets it", () => {
    expect(only(told(withAuthorizer(guard, { ttl: 3600 })))).toMatch(
      /caches for 3600 s, and must for 60 s → aws apigateway update-authorizer .*--authorizer-id id\d .*"value":"60"/,
    );
  });

  it("tells identity sources in another order, or missing", () => {
    const { sources } = known(soundState().api).shape.authorizers.get(guard) ?? { sources: [] };
    for (const changed of [[...sources].reverse(), sources.slice(1), []])
      expect(only(told(withAuthorizer(guard, { sources: changed })))).toContain(
        "an answer could be served to another caller or route",
      );
  });

  it("wants one TTL above 0 for all where Terraform was not asked", () => {
    const without = withAuthorizer(guard, { ttl: 59 });
    const state = { ...without, target: { ...without.target, stalenessSeconds: undefined } };
    expect(only(told(state))).toContain("cache for 59, 60 s: expected one number above 0");
  });

  it("tells one that is of type TOKEN, and one that is of no group", () => {
    expect(only(told(withAuthorizer(guard, { type: "TOKEN" })))).toContain("must be REQUEST");
    const state = withApi(({ shape }) => {
      const authorizers = new Map(shape.authorizers);
      const one = authorizers.get(guard);
      if (one !== undefined) authorizers.set("portcullis_g9", one);
      return { shape: { ...shape, authorizers } };
    });
    expect(only(told(state))).toContain("authorizers warning: portcullis_g9 is of no group");
  });

  it("tells one that calls another alias", () => {
    const uri = `arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/${ALIAS_ARN}0/invocations`;
    expect(only(told(withAuthorizer(guard, { uri })))).toContain(`and must call ${ALIAS_ARN}`);
  });
});

describe("the deployment", () => {
  it("tells what changed since the stage was deployed, route by route", () => {
    const state = soundState();
    const shape = known(state.deployed);
    const guards = new Map(shape.guards).set(GUARDED, other);
    guards.delete("GET /health");
    expect(only(told({ ...state, deployed: { value: { ...shape, guards } } }))).toMatch(
      /^deployment error: .*GET \/documents\/\{documentId\} is another, GET \/health is new → .*terraform apply .*-replace=/,
    );
  });

  it("takes an export without gateway responses for one that leaves them out, and says so", () => {
    const state = soundState();
    const deployed = { value: { ...known(state.deployed), responses: new Map() } };
    expect(told({ ...state, deployed })).toEqual([]);
    const findings = examine({ ...state, deployed }).find((one) => one.check === "deployment")?.findings;
    expect(findings?.[0]?.evidence).toContain("they were not compared");
  });

  it("tells that it could not be looked at", () => {
    const failure = { why: "the stage's export: AccessDeniedException", fix: "allow it" };
    expect(only(told({ ...soundState(), deployed: { failure } }))).toBe(
      "deployment error: it could not be looked at: the stage's export: AccessDeniedException → allow it",
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

  it("tells those that are missing, those with another body, and those that lost a header", () => {
    const gone = withResponses((responses) => void responses.delete("ACCESS_DENIED"));
    expect(only(told(gone))).toContain("not found: the gateway responses ACCESS_DENIED");
    const other = withResponses((responses) => {
      const found = responses.get("UNAUTHORIZED");
      if (found !== undefined) responses.set("UNAUTHORIZED", { ...found, headers: {} });
      responses.set("THROTTLED", { template: "{}", headers: responses.get("THROTTLED")?.headers ?? {} });
    });
    expect(told(other)).toHaveLength(2);
  });

  it("only warns of somebody else's", () => {
    const state = withResponses((responses) => responses.clear());
    const adopted = { ...state, target: { ...state.target, adopted: true } };
    expect(only(told(adopted))).toMatch(/^gateway-responses warning: .* → terraform apply, in your own/);
    expect(isSound(examine(adopted))).toBe(true);
  });
});

describe("preflight", () => {
  it("tells a path without, one behind an authorizer, and one that leaves a method out", () => {
    expect(only(told(withGuards({ "OPTIONS /documents": null })))).toContain("not found: OPTIONS /documents");
    expect(only(told(withGuards({ "OPTIONS /documents": guard })))).toContain("browsers ask without a token");
    const state = withApi(({ preflights }) => ({
      preflights: new Map(preflights).set("/documents", { mock: true, methods: ["GET", "OPTIONS"] }),
    }));
    expect(only(told(state))).toContain("OPTIONS /documents does not name POST");
  });

  it("tells one that calls a backend, and an OPTIONS of a path that nobody declared", () => {
    const state = withApi(({ preflights }) => ({
      preflights: new Map(preflights).set("/documents", { mock: false, methods: undefined }),
    }));
    expect(only(told(state))).toContain("OPTIONS /documents calls a backend, and has no authorizer");
    const undeclared = withGuards({ "OPTIONS /backdoor": "NONE" });
    expect(only(told(undeclared))).toMatch(/^routes error: OPTIONS \/backdoor is in no policy file/);
    expect(told({ ...undeclared, target: { ...undeclared.target, adopted: true } })).toEqual([]);
  });

  it("tells what was really answered", () => {
    const methods = ["GET", "POST", "OPTIONS"];
    const answers = (status: number, named: string[]) => ({
      ...soundState(),
      preflights: { value: [{ path: "/documents", status, methods: named }] },
    });
    expect(told(answers(204, methods))).toEqual([]);
    expect(only(told(answers(403, methods)))).toContain("OPTIONS /documents is answered with 403");
    expect(only(told(answers(204, ["GET"])))).toContain("does not name POST");
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

  it("takes one that allows the methods without an authorizer, escaped as API Gateway gives it or not", () => {
    const deny = {
      Effect: "Deny",
      Principal: "*",
      Action: "execute-api:Invoke",
      Resource: `${API_ARN}/dev/*`,
    };
    const state = withPolicy(exactly, deny);
    expect(told(state)).toEqual([]);
    const text = known(state.api).policy ?? "";
    expect(told(withApi(() => ({ policy: text.replaceAll('"', '\\"') })))).toEqual([]);
  });

  it("tells an Allow that reaches a guarded route, however it is written", () => {
    for (const resource of [`${API_ARN}/*`, "execute-api:/*/GET/*", `${API_ARN}/dev/GET/documents/4?`, "*"])
      expect(only(told(withPolicy(exactly, allow(resource))))).toMatch(
        /^resource-policy error: the statement Open allows .* is let through → remove this Allow/,
      );
    const inverted = { ...allow(), Resource: undefined, NotResource: "execute-api:/dev/GET/health" };
    expect(only(told(withPolicy(exactly, inverted)))).toContain("what their authorizer does not allow");
  });

  it("tells methods without an authorizer that it leaves out", () => {
    const health = open.find((resource) => resource.includes("health")) ?? "";
    const rest = exactly.Resource.filter((resource) => !resource.endsWith(health));
    expect(only(told(withPolicy(allow(...rest))))).toContain(`does not allow ${health}`);
  });
});
