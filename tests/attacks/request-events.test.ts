import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readLayout, stageVariables } from "../../core/model/layout.ts";
import type { AuthorizerResponse } from "../../core/policy/authorizer-response.ts";
import { MAIN_ISSUER } from "../../core/policy-files/model/issuers.ts";
import { authorizerZip } from "../../packaging/bundle.ts";
import { MODES } from "../end-to-end/cases.ts";
import { naivelyAllows } from "../oracle/naive-matcher.ts";
import { BASE_ARN } from "../support/api.ts";
import { buildOf } from "../support/compiled.ts";
import { localEnvironment, mainIssuer } from "../support/configuration.ts";
import { FakeIssuer, makeSigner, sign } from "../support/fake-issuer.ts";
import { startTable } from "../support/fake-table.ts";
import { claims, event } from "../support/fixtures.ts";
import { callBundle, type ProcessOutput, unpackZip } from "./support/bundle-process.ts";
import { WORLD } from "./support/request-world.ts";

type Event = Readonly<Record<string, unknown>>;
interface InvalidEvent {
  readonly title: string;
  readonly change: Event;
  readonly code: "route_unknown" | "layout_mismatch" | "internal_error";
}

const POLICIES = { ...WORLD, issuers: new Map([[MAIN_ISSUER.name, MAIN_ISSUER]]) };

const routes: readonly InvalidEvent[] = [
  ...["", "/", "/nothing", "/documents/{id}", "/Documents", "/documents/", "documents", "/documents/42", "*"],
  ...["/{proxy+}", "__proto__", "constructor", "/documents\0", "GET /documents"],
].map((resource) => ({
  title: `the resource ${JSON.stringify(resource)}`,
  change: { resource },
  code: "route_unknown" as const,
}));
const methods: readonly InvalidEvent[] = [
  "get",
  "GET ",
  "ANY",
  "*",
  "",
  "PUT",
  "TRACE",
  "GET /documents",
].map((httpMethod) => ({
  title: `the method ${JSON.stringify(httpMethod)}`,
  change: { httpMethod },
  code: "route_unknown",
}));
const arns: readonly InvalidEvent[] = [
  ["another path", `${BASE_ARN}/GET/admin`],
  ["a path below", `${BASE_ARN}/GET/documents/42`],
  ["the root", `${BASE_ARN}/GET/`],
  ["another verb", `${BASE_ARN}/DELETE/documents`],
  ["dot segments", `${BASE_ARN}/GET/documents/../admin`],
  ["dot segments that lead back", `${BASE_ARN}/GET/admin/../documents`],
  ["the path after a colon", `${BASE_ARN}/GET/admin:GET/documents`],
  ["the path as a second one", `${BASE_ARN}/GET/admin/GET/documents`],
  ["a wildcard for the path", `${BASE_ARN}/GET/*`],
  ["a wildcard for the verb", `${BASE_ARN}/*/documents`],
  ["wildcards everywhere", "arn:aws:execute-api:*:*:*/*/GET/documents"],
  ["a wildcard for the stage", `${BASE_ARN.replace("/prod", "/*")}/GET/documents`],
  ["a variable for the stage", `${BASE_ARN.replace("/prod", "/${stage}")}/GET/documents`],
  ["another service", `${BASE_ARN.replace("execute-api", "lambda")}/GET/documents`],
  ["another letter case", `${BASE_ARN}/GET/DOCUMENTS`],
  ["a line before it", `\n${BASE_ARN}/GET/documents`],
  ["nothing", ""],
  ["null", null],
].map(([title, methodArn]) => ({
  title: `a methodArn with ${title}`,
  change: { methodArn },
  code: "route_unknown" as const,
}));

function stages(good: Readonly<Record<string, string>>): readonly InvalidEvent[] {
  const [first = "", second = ""] = Object.keys(good);
  const [value = "", other = good[first] ?? ""] = Object.values(good);
  const names = Object.keys(good);
  const each = (change: (name: string) => unknown) =>
    Object.fromEntries(names.map((name) => [name, change(name)]));
  const wrong: readonly (readonly [title: string, stageVariables: unknown])[] = [
    ["none", {}],
    ["null instead", null],
    ["undefined instead", undefined],
    ["empty ones", each(() => "")],
    ["another layout's hash", each((name) => good[name]?.replace(/-.*/, "-ffffffffffff"))],
    ["the hash alone", each((name) => good[name]?.replace(/.*-/, ""))],
    ["letters of another case", each((name) => good[name]?.toUpperCase())],
    ["an additional space", each((name) => `${good[name]} `)],
    ["lists", each((name) => [good[name]])],
    ["a wildcard", each(() => "*")],
    ["the names in another case", Object.fromEntries(names.map((name) => [name.toUpperCase(), good[name]]))],
    ...(second === "" ? [] : [["each other's values", { [first]: other, [second]: value }] as const]),
  ];
  return wrong.map(([title, stageVariables]) => ({
    title: `stage variables with ${title}`,
    change: { stageVariables },
    code: "layout_mismatch",
  }));
}

describe.each(MODES)("the bundle, caching mode %s", (cache) => {
  const { compiled, layout, items } = buildOf(POLICIES, cache);
  const good = stageVariables(readLayout(layout));
  const wrong = [...routes, ...methods, ...arns, ...stages(good)];
  let output: ProcessOutput;
  let issuer: FakeIssuer;
  let table: Awaited<ReturnType<typeof startTable>>;

  beforeAll(async () => {
    const signer = await makeSigner("k1");
    [issuer, table] = await Promise.all([FakeIssuer.start(signer), startTable(items)]);
    const iat = Math.floor(Date.now() / 1_000);
    const token = await sign(signer, claims(issuer.url, { roles: ["admin"], iat, exp: iat + 300 }));
    const plain = {
      methodArn: `${BASE_ARN}/GET/documents`,
      resource: "/documents",
      path: "/documents",
      pathParameters: null,
      stageVariables: { ...good, other: "x", portcullis_z: "z-ffffffffffff" },
    };
    const events = [{}, ...wrong.map(({ change }) => change)].map((change) => ({
      ...event(`Bearer ${token}`, plain),
      ...change,
    }));
    const environment = localEnvironment(table.endpoint, mainIssuer(issuer.url), {
      CACHING_MODE: compiled.mode,
    });
    output = await callBundle(unpackZip(await authorizerZip(compiled.layouts)), environment, events);
  });
  afterAll(() => Promise.all([issuer.stop(), table.stop()]));

  it("allows the unchanged request, and ignores stage variables that are not its own", () => {
    const response = output.ends[0]?.response as AuthorizerResponse | undefined;
    const document = response?.policyDocument ?? { Statement: [] };
    expect(naivelyAllows(document, `${BASE_ARN}/GET/documents`)).toBe(true);
  });

  it.each(wrong.map(({ title, code }, index) => ({ title, code, index })))(
    "responds with a 500 and without a policy to an admin's event with $title",
    ({ code, index }) => {
      expect(output.ends[index + 1]).toEqual({ thrown: `No decision: ${code}` });
      expect(output.log[index + 1]).toMatchObject({ level: "error", status: 500, outcome: "error", code });
    },
  );
});
