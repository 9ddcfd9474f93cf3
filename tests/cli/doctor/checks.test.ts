import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { examine, isSound } from "../../../cli/doctor/checks.ts";
import type { AliasReading, IssuerReading, State } from "../../../cli/doctor/state.ts";
import type { TokenExplanation } from "../../../cli/explain/explain-token.ts";
import type { AuthenticationErrorCode } from "../../../core/model/errors.ts";
import type { Item } from "../../../core/model/items.ts";
import { stampItem } from "../../../core/policy-files/compile/permission-items.ts";
import {
  API_ARN,
  findingLines,
  permissionFor,
  soundState,
  unwrap,
  VARIABLES,
  withAuthorizer,
} from "./sound-state.ts";

const sound = soundState();
const only = (state: State): string => {
  const lines = findingLines(state);
  expect(lines).toHaveLength(1);
  return lines[0] ?? "";
};

describe("the build", () => {
  it("reports edited policy files and a missing environment, with the command", () => {
    expect(only({ ...sound, build: { ...sound.build, edited: ["plans.yaml"] } })).toBe(
      "build error: policy files changed after the build: plans.yaml → npx portcullis build",
    );
    expect(only({ ...sound, build: { ...sound.build, environments: ["prod"] } })).toContain(
      "the build has no environment dev, only prod",
    );
  });
});

describe("issuers", () => {
  const withIssuer = (change: Partial<IssuerReading>): State => {
    const [reading] = unwrap(sound.issuers);
    if (reading === undefined) throw new Error("There is an issuer");
    return { ...sound, issuers: { value: [{ ...reading, ...change }] } };
  };
  const [{ issuer } = { issuer: undefined }] = unwrap(sound.issuers);
  if (issuer === undefined) throw new Error("There is an issuer");
  const jwksUri = "https://login.example.com/keys";

  it("reports keys that cannot be fetched, the reason, and the fix", () => {
    const failure = { why: "https://login.example.com: status_503", fix: "its status" };
    expect(only(withIssuer({ keys: { failure } }))).toBe(
      "issuers error: main: its keys cannot be fetched from here: https://login.example.com: status_503 → its status",
    );
  });

  it("reports keys that fit no algorithm", () => {
    const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" });
    const state = withIssuer({ keys: { value: [ec] } });
    expect(only(state)).toContain(
      "none of its keys (EC P-256) fits RS256 → set algorithms in Terraform's issuers",
    );
    expect(
      findingLines(withIssuer({ keys: { value: [ec] }, issuer: { ...issuer, algorithms: ["ES256"] } })),
    ).toEqual([]);
    expect(
      findingLines(withIssuer({ keys: { value: [ec] }, issuer: { ...issuer, algorithms: ["ES384"] } })),
    ).toHaveLength(1);
    const other = unwrap(unwrap(sound.issuers)[0]?.keys ?? { failure: { why: "", fix: "" } });
    expect(only(withIssuer({ keys: { value: other.map((key) => ({ ...key, alg: "PS256" })) } }))).toContain(
      "PS256",
    );
  });

  it("with a jwks_uri, reports a discovery document of another issuer or with other keys", () => {
    const given = { ...issuer, jwksUri };
    const slash = { issuer: `${issuer.url}/`, jwksUri };
    expect(only(withIssuer({ issuer: given, discovery: slash }))).toMatch(
      /names the issuer "https:\/\/login\.example\.com\/", .* → correct url in Terraform's issuers$/,
    );
    const moved = { issuer: issuer.url, jwksUri: `${jwksUri}2` };
    expect(only(withIssuer({ issuer: given, discovery: moved }))).toMatch(/^issuers warning: main: /);
    expect(findingLines(withIssuer({ issuer: given, discovery: { issuer: issuer.url, jwksUri } }))).toEqual(
      [],
    );
  });

  it("notes the issuers whose bound tokens are accepted", () => {
    const notes = (state: State) =>
      examine(state)
        .find((one) => one.check === "issuers")
        ?.findings.filter(({ severity }) => severity === "note");
    const [main] = sound.policies.issuers.values();
    if (main === undefined) throw new Error("There is an issuer");
    const accepting = new Map([[main.name, { ...main, boundTokensUntil: 1_801_353_600 }]]);
    expect(notes(sound)).toEqual([]);
    expect(notes({ ...sound, policies: { ...sound.policies, issuers: accepting } })).toMatchObject([
      {
        evidence:
          "main: tokens that are bound to a key (cnf) are accepted without proof of possession until 2027-01-31T00:00:00.000Z",
      },
    ]);
  });

  it("reports issuers that only the files or only the function have", () => {
    const renamed = withIssuer({ issuer: { ...issuer, name: "other" as typeof issuer.name } });
    expect(findingLines(renamed)).toEqual([
      expect.stringContaining("issuers.yaml has main, but the deployed function does not trust it"),
      expect.stringContaining("trusts other, which policies/issuers.yaml does not have"),
    ]);
  });
});

describe("the token", () => {
  const rejected = (code: AuthenticationErrorCode, by?: string): TokenExplanation => ({
    checks: ["iss", "alg", "typ", "aud", "exp", "kid"].map((name) => ({
      ...{ check: name, expected: "wanted", found: `found-${name}` },
      denies: name === by ? code : null,
    })),
    findings: [],
    verdict: { code, message: "It is not accepted", setting: "the setting" },
  });
  const withToken = (value: TokenExplanation): State => ({ ...sound, token: { value } });

  it("reports the setting to correct, and only the token's fields that cause the error", () => {
    const line = only(withToken(rejected("audience_wrong", "aud")));
    expect(line).toBe(
      "token error: audience_wrong: It is not accepted; aud: expected wanted, found found-aud → the setting",
    );
    expect(only(withToken(rejected("signature_invalid")))).not.toContain("found-");
  });

  it("is a warning if the caller is denied, and not checked without a token", () => {
    const verdict = { denial: { reason: "no_tenant" } } as TokenExplanation["verdict"];
    expect(only(withToken({ checks: [], findings: [], verdict }))).toMatch(/^token warning: .*no_tenant/);
    const [finding] = examine(sound).find((one) => one.check === "token")?.findings ?? [];
    expect(finding).toMatchObject({
      severity: "unchecked",
      evidence: expect.stringContaining("no token was given"),
    });
  });
});

describe("clocks", () => {
  const withClocks = (aws: number, clock: number | undefined): State => {
    const issuers = unwrap(sound.issuers).map((reading) => ({ ...reading, clock }));
    return { ...sound, awsClock: { value: aws }, issuers: { value: issuers } };
  };

  it("reports an issuer whose clock differs from AWS's by more than the tolerance", () => {
    expect(only(withClocks(0, 31))).toMatch(
      /its clock is 31\.0 s ahead of AWS's.* not valid yet → .* above 31$/,
    );
    expect(only(withClocks(0, -45.5))).toContain("45.5 s behind AWS's");
    expect(findingLines(withClocks(20, 45))).toEqual([]);
  });

  it("only warns about this machine's clock", () => {
    expect(only(withClocks(-40, -40))).toMatch(
      /^clocks warning: this machine's clock is 40\.0 s ahead of AWS's/,
    );
  });
});

describe("the function", () => {
  const withAlias = (change: Partial<AliasReading>): State => {
    const authorizer = unwrap(sound.authorizer);
    const alias = { value: { ...unwrap(authorizer.alias), ...change } };
    return { ...sound, authorizer: { value: { ...authorizer, alias } } };
  };

  it("reports other code, an older version, and calls to another version", () => {
    expect(only(withAlias({ codeSha256: "other" }))).toMatch(
      /code is not that of the build .* → npx portcullis deploy dev$/,
    );
    expect(only(withAlias({ version: "6" }))).toContain("is version 6, but version 7 is the newest");
    expect(only(withAlias({ otherVersions: ["5"] }))).toMatch(/to version 5 → aws lambda update-alias/);
  });

  it("reports another table or caching mode", () => {
    const variables = { ...VARIABLES, TABLE_NAME: "theirs", CACHING_MODE: "route" };
    expect(findingLines(withAlias({ variables }))).toEqual([
      expect.stringContaining("TABLE_NAME is theirs, but must be quill-permissions"),
      expect.stringContaining("CACHING_MODE is route, but must be token"),
    ]);
  });

  it("reports a missing alias in every check that needs it", () => {
    const failure = { why: "not found: the alias", fix: "npx portcullis deploy dev" };
    const state = { ...sound, authorizer: { value: { ...unwrap(sound.authorizer), alias: { failure } } } };
    expect(findingLines(state).map((line) => line.split(" ", 1)[0])).toEqual([
      "function",
      "invoke-permission",
    ]);
  });
});

describe("the invoke permission", () => {
  const withPermission = (policy: string | undefined): State => ({
    ...sound,
    authorizer: { value: { ...unwrap(sound.authorizer), policy } },
  });

  it("is missing if there is none, or only one for another API or another principal", () => {
    const others = permissionFor(`${API_ARN.replace("abcdef1234", "zzzzzz9999")}/authorizers/*`);
    const methods = permissionFor(`${API_ARN}/*/GET/documents`);
    const events = permissionFor(`${API_ARN}/authorizers/*`).replace("apigateway.", "events.");
    for (const policy of [undefined, others, methods, events])
      expect(findingLines(withPermission(policy)).join("\n")).toMatch(
        /invoke-permission error: portcullis_g1 may not call quill-authorizer:layout-\w+.* → npx portcullis deploy dev/,
      );
  });

  it("is missing if the access route may not call the function", () => {
    expect(only(withPermission(permissionFor(`${API_ARN}/authorizers/*`)))).toMatch(
      /^invoke-permission error: GET \/access may not call .*\/dev\/GET\/access: its requests get 500/,
    );
  });

  it("is too wide if every API may call the function", () => {
    for (const policy of [permissionFor(undefined), permissionFor("arn:aws:execute-api:*:*:*")])
      expect(only(withPermission(policy))).toMatch(/^invoke-permission warning: .*remove-permission/);
  });

  it("is not needed for an authorizer with a role", () => {
    const [name = ""] = unwrap(sound.api).shape.authorizers.keys();
    const credentials = "arn:aws:iam::111122223333:role/calls";
    const state = withAuthorizer(name, { credentials });
    const authorizer = {
      value: { ...unwrap(sound.authorizer), policy: permissionFor(`${API_ARN}/dev/GET/access`) },
    };
    const lines = findingLines({ ...state, authorizer });
    expect(lines.some((line) => line.includes(name))).toBe(false);
    expect(lines.length).toBe(unwrap(sound.api).shape.authorizers.size - 1);
  });
});

describe("the stage", () => {
  const withStage = (change: object): State => ({
    ...sound,
    stage: { value: { ...unwrap(sound.stage), ...change } },
  });
  const { variables } = unwrap(sound.stage);

  it("reports a variable that is missing, has another layout's value, or belongs to no group", () => {
    const { portcullis_g1: _gone, ...rest } = variables;
    expect(only(withStage({ variables: rest }))).toMatch(/portcullis_g1 is missing, .*get 401 → /);
    expect(only(withStage({ variables: { ...variables, portcullis_g1: "g1-old" } }))).toMatch(
      /requests of its group get 500/,
    );
    expect(only(withStage({ variables: { ...variables, portcullis_g9: "x" } }))).toMatch(
      /^stage-variables warning/,
    );
    expect(findingLines(withStage({ variables: { ...variables, theirs: "x" } }))).toEqual([]);
  });

  it("reports cached backend responses, and the cache itself", () => {
    const caching = { name: "documents/GET", caching: true, dataTrace: false };
    expect(only(withStage({ methods: [caching] }))).toContain(
      "response-cache error: documents/GET: caches backend responses",
    );
    expect(only(withStage({ cacheCluster: true }))).toContain("path=/cacheClusterEnabled,value=false");
  });

  it("reports a missing access log, a missing role, and logs that would contain tokens", () => {
    expect(only(withStage({ accessLog: false }))).toContain("logs error: stage dev has no access log");
    expect(only({ ...sound, logRole: { value: undefined } })).toContain(
      "create it once with the module account-logging",
    );
    const tracing = { name: "*/*", caching: false, dataTrace: true };
    expect(only(withStage({ methods: [tracing] }))).toContain("logs whole requests with their tokens");
  });
});

describe("the table", () => {
  const table = unwrap(sound.table);
  const { ours } = table.content;
  const withTable = (change: Partial<typeof table.content>, runTime: readonly Item[] = []): State => ({
    ...sound,
    table: {
      value: {
        ...table,
        runTime: { items: runTime, generations: new Map(), switches: [], directories: [] },
        content: { ...table.content, ...change },
      },
    },
  });
  const [first] = ours;
  if (first === undefined) throw new Error("The files make items");
  const key = `${String(first["pk"])}/${String(first["sk"])}`;
  const publish = "npx portcullis publish --table quill-permissions --environment dev";

  it("reports an item that is missing, older, or in no file", () => {
    expect(only(withTable({ ours: ours.slice(1) }))).toBe(
      `table error: ${key}: not found in the table → ${publish}`,
    );
    expect(only(withTable({ ours: [{ ...first, hash: "0" }, ...ours.slice(1)] }))).toContain(
      "not as in the policy files",
    );
    const extra = stampItem({ pk: "TENANT#old", sk: "TENANT", id: "old", name: "Old", status: "active" });
    expect(only(withTable({ ours: [...ours, extra] }))).toContain(
      "TENANT#old/TENANT: in the table as an item of the policy files, but in no file",
    );
  });

  it("reports an issuer of the table that cannot be read, and examines the others", () => {
    const later = stampItem({ pk: "ISSUER#hash", sk: "ISSUER", name: "later", needs: ["news"] });
    expect(findingLines(withTable({ ours: [...ours, later] }))).toContainEqual(
      expect.stringMatching(
        /^issuers error: Item ISSUER#hash ISSUER: it needs \["news"\], which this version does not understand/,
      ),
    );
  });

  it("reports an item that was changed by hand once, and how to overwrite it", () => {
    const changed = { ...first, hash: "0" };
    expect(only(withTable({ ours: [changed, ...ours.slice(1)], changedByHand: [changed] }))).toBe(
      `table error: ${key}: changed by hand: the content does not match the hash → ${publish} --force`,
    );
  });

  it("names deploy where Terraform keeps the items", () => {
    const missing = withTable({ ours: ours.slice(1) });
    const target = { ...missing.target, keeper: "terraform" };
    expect(only({ ...missing, target })).toMatch(/: not found in the table → npx portcullis deploy dev$/);
    const extra = stampItem({ pk: "TENANT#old", sk: "TENANT", id: "old", name: "Old", status: "active" });
    expect(only({ ...withTable({ ours: [...ours, extra] }), target })).toContain(
      "npx portcullis deploy dev; delete the items if they are not in its plan",
    );
  });

  it("reports a tenant with two owners, and counts the run-time tenants", () => {
    const tenant = {
      pk: "TENANT#acme",
      sk: "TENANT",
      id: "acme",
      name: "A",
      status: "active",
      v: 1,
      owner: "runtime",
      hash: "0",
    };
    expect(only(withTable({}, [tenant]))).toContain("a tenant can have only one owner");
    const walkIn = { ...tenant, pk: "TENANT#walk-in", id: "walk-in" };
    expect(findingLines(withTable({}, [walkIn]))).toEqual([]);
    const notes = examine(withTable({}, [walkIn])).find((one) => one.check === "table")?.findings;
    expect(notes?.[0]?.evidence).toBe("run-time items: 1 tenant, 0 memberships and revocations");
  });

  it("reports items of an unknown owner, but not run-time items", () => {
    const others = [
      { pk: "X", sk: "Y", owner: "me" },
      { pk: "TENANT#w", sk: "TENANT", owner: "runtime" },
    ];
    expect(only(withTable({ others }))).toContain("table warning: X/Y: the owner is unknown");
  });

  it("lists kill switches in force, with the command that ends each", () => {
    const item = { pk: "ISSUERS", sk: "main", v: 1, owner: "runtime", name: "main", status: "active" };
    const ended = { ...item, deniedKeys: [] };
    expect(findingLines(withTable({ switches: [ended] }))).toEqual([]);
    expect(only(withTable({ switches: [{ ...ended, status: "suspended" }] }))).toBe(
      "table warning: issuer main is suspended at run time: each of its tokens gets a 401 → when it may be trusted again: npx portcullis issuer reinstate main --table quill-permissions",
    );
    expect(only(withTable({ switches: [{ ...item, deniedKeys: ["2026 01"] }] }))).toContain(
      "issuer allow-key main '2026 01' --table",
    );
    expect(only(withTable({ switches: [item] }))).toContain(
      "table error: issuer main: its kill switch cannot be read, so its callers get a 500",
    );
  });

  it("only notes protection that is off, and warns if TTL is off", () => {
    const off = { ...table, deletionProtection: false, pointInTimeRecovery: false };
    const state = { ...sound, table: { value: off } };
    expect(findingLines(state)).toEqual([]);
    expect(isSound(examine(state))).toBe(true);
    const notes = examine(state).find((one) => one.check === "table-protection")?.findings;
    expect(notes?.map(({ severity }) => severity)).toEqual(["note", "note"]);
    const value = { ...table, ttlAttribute: undefined };
    expect(only({ ...sound, table: { value } })).toMatch(/^table-protection warning/);
  });
});
