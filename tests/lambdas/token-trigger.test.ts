import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPolicyFiles } from "../../cli/shared/policy-folder.ts";
import { marshallItem } from "../../core/model/dynamodb-json.ts";
import type { Item } from "../../core/model/items.ts";
import { stampItem } from "../../core/policy-files/compile/permission-items.ts";
import { loadPolicies } from "../../core/policy-files/model/policy-set.ts";
import { createFunction, type LocalFunction } from "../../local/lambda/function.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { TABLE_NAME } from "../../local/table/table.ts";
import { tokenClaimsZip } from "../../packaging/bundle.ts";
import { accessClaims, machineEvent, tokenEvent } from "../support/cognito.ts";

const HOUR = 3_600;
const NOW = Math.floor(Date.now() / 1_000);
const REFUSED = { ok: false, error: { errorMessage: "Nobody can be signed in at the moment" } };

let stack: Stack;
let zip: Uint8Array;
let trigger: LocalFunction;
const functions: LocalFunction[] = [];
const logs: string[] = [];

/** An issuer that takes no roles from the table, so that only the token's can let anybody in. */
function policies() {
  const files = new Map(readPolicyFiles("examples/cognito/policies"));
  files.set("issuers.yaml", "cognito: { preset: cognito, tenants: '*' }\n");
  const loaded = loadPolicies(files, "dev").policies;
  if (loaded === undefined) throw new Error("The example has errors");
  return loaded;
}

function deployed(variables: Readonly<Record<string, string>>): LocalFunction {
  const made = createFunction({
    name: "portcullis-token-claims",
    zip,
    environment: {
      TABLE_NAME,
      ISSUER: "cognito",
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local-secret",
      AWS_ENDPOINT_URL_DYNAMODB: stack.origin,
      ...variables,
    },
    timeoutMs: 5_000,
    onLog: (line) => logs.push(line),
  });
  functions.push(made);
  return made;
}

beforeAll(async () => {
  [stack, zip] = await Promise.all([
    startStack({ policies: [policies()], cache: "auto", ttl: 60, port: 0 }),
    tokenClaimsZip(),
  ]);
  trigger = deployed({});
});
afterAll(async () => {
  await Promise.all(functions.map((one) => one.close()));
  await stack.close();
});

const put = async (item: Item): Promise<void> => {
  await stack.dynamodb.send(new PutItemCommand({ TableName: TABLE_NAME, Item: marshallItem(item) }));
};

/** As `portcullis grant` writes it. */
const membership = (
  tenant: string,
  subject: string,
  roles: readonly { readonly role: string; readonly until?: number }[],
): Item => ({
  ...stampItem({ pk: `TENANT#${tenant}`, sk: `MEMBER#cognito#${subject}`, id: tenant, roles }),
  owner: "runtime",
});

async function answerOf(event: unknown): Promise<ReturnType<typeof tokenEvent>> {
  const result = await trigger.invoke(event);
  if (!result.ok) throw new Error(result.error.errorMessage);
  return result.payload as ReturnType<typeof tokenEvent>;
}

/** The SDK's warnings are no lines of ours. */
const parsed = (line: string): unknown[] => (line.startsWith("{") ? [JSON.parse(line)] : []);

/** Lines of a Lambda's log come a little after its answer. */
const logged = (fields: Readonly<Record<string, unknown>>): Promise<void> =>
  expect
    .poll(() => logs.flatMap(parsed), { timeout: 30_000 })
    .toContainEqual(expect.objectContaining(fields));

/** A request with the access token that Cognito makes of the answer. */
async function ask(method: string, path: string, event: ReturnType<typeof tokenEvent>) {
  const token = await stack
    .provider("cognito")
    ?.mint({ subject: event.userName, claims: accessClaims(await answerOf(event)) });
  const response = await fetch(`${stack.origin}${path}`, {
    method,
    headers: { authorization: `Bearer ${token ?? ""}` },
  });
  const { caller, error } = (await response.json()) as {
    caller?: { tenantId: string; roles: string[] };
    error?: { reason: string };
  };
  return { status: response.status, reason: error?.reason, tenant: caller?.tenantId, roles: caller?.roles };
}

describe("Cognito's trigger, as built, in the local Lambda", () => {
  it("lets a member sign in with the tenant of the attribute and the roles of the membership", async () => {
    await put(membership("acme", "ann", [{ role: "writer", until: NOW + HOUR }]));
    const event = tokenEvent({ sub: "ann", tenant: "acme" });
    expect(await ask("POST", "/notes", event)).toMatchObject({
      status: 200,
      tenant: "acme",
      roles: ["writer"],
    });
    expect(await ask("DELETE", "/notes/42", event)).toMatchObject({
      status: 403,
      reason: "route_not_granted",
    });
  });

  it("reads the membership anew at each refresh", async () => {
    const event = tokenEvent(
      { sub: "bob", tenant: "acme" },
      { triggerSource: "TokenGeneration_RefreshTokens" },
    );
    await put(membership("acme", "bob", [{ role: "owner" }]));
    expect(await ask("DELETE", "/notes/42", event)).toMatchObject({ status: 200, roles: ["owner"] });
    await put(membership("acme", "bob", [{ role: "reader" }]));
    expect(await ask("DELETE", "/notes/42", event)).toMatchObject({ status: 403 });
    expect(await ask("GET", "/notes/42", event)).toMatchObject({ status: 200, roles: ["reader"] });
  });

  it("adds the membership's roles to the pool's groups, and hands the rest of their configuration back", async () => {
    await put(membership("globex", "cia", [{ role: "writer" }, { role: "reader" }]));
    const event = tokenEvent({ sub: "cia", tenant: "globex" });
    const groupConfiguration = {
      groupsToOverride: ["reader", "beta-testers"],
      iamRolesToOverride: ["arn:aws:iam::111122223333:role/beta"],
      preferredRole: "arn:aws:iam::111122223333:role/beta",
    };
    const answer = await answerOf({ ...event, request: { ...event.request, groupConfiguration } });
    expect(answer.response.claimsAndScopeOverrideDetails).toEqual({
      accessTokenGeneration: { claimsToAddOrOverride: { "custom:tenant": "globex" } },
      groupOverrideDetails: { ...groupConfiguration, groupsToOverride: ["beta-testers", "reader", "writer"] },
    });
  });

  it("gives a user without membership the tenant, and no role but the pool's groups", async () => {
    expect(await ask("GET", "/notes", tokenEvent({ sub: "dan", tenant: "acme" }))).toMatchObject({
      status: 403,
      reason: "no_role",
    });
    const grouped = tokenEvent({ sub: "dan", tenant: "acme", groups: ["reader"] });
    expect(await ask("GET", "/notes", grouped)).toMatchObject({ status: 200, roles: ["reader"] });
  });

  it("takes nothing from a role that has ended, nor from a membership in another tenant", async () => {
    await put(
      membership("acme", "eve", [
        { role: "owner", until: NOW - 1 },
        { role: "reader", until: NOW + HOUR },
      ]),
    );
    const event = tokenEvent({ sub: "eve", tenant: "acme" });
    expect(await ask("DELETE", "/notes/42", event)).toMatchObject({ status: 403 });
    expect(await ask("GET", "/notes", event)).toMatchObject({ status: 200, roles: ["reader"] });
    expect(await ask("GET", "/notes", tokenEvent({ sub: "eve", tenant: "globex" }))).toMatchObject({
      status: 403,
      reason: "no_role",
    });
  });

  it("changes nothing for a user without tenant, whatever the client sends along", async () => {
    const event = tokenEvent({ sub: "fay", groups: ["owner"] });
    const asked = { ...event, request: { ...event.request, clientMetadata: { "custom:tenant": "acme" } } };
    expect(await answerOf(asked)).toEqual(asked);
    expect(await ask("GET", "/notes", asked)).toMatchObject({ status: 403, reason: "no_tenant" });
  });

  it("changes nothing for a machine, which has no attributes", async () => {
    expect(await answerOf(machineEvent())).toEqual(machineEvent());
    expect(await ask("GET", "/notes", machineEvent())).toMatchObject({ status: 403, reason: "no_tenant" });
  });

  it("signs nobody in while the table cannot be reached, and says nothing of what is inside", async () => {
    const cut = deployed({ AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:9" });
    expect(await cut.invoke(tokenEvent({ sub: "ann", tenant: "acme" }))).toMatchObject(REFUSED);
    await logged({
      level: "error",
      message: "token",
      trigger: "TokenGeneration_Authentication",
      code: "table_unreachable",
    });
    // Without a tenant there is nothing to read.
    expect(await cut.invoke(tokenEvent({ sub: "fay" }))).toMatchObject({ ok: true });
  });

  it("signs nobody in by a membership that it cannot read", async () => {
    await put({ ...membership("acme", "gus", [{ role: "owner" }]), v: 2 });
    expect(await trigger.invoke(tokenEvent({ sub: "gus", tenant: "acme" }))).toMatchObject(REFUSED);
    await logged({
      code: "item_invalid",
      detail: expect.stringContaining("TENANT#acme MEMBER#cognito#gus"),
    });
  });

  it("signs nobody in where the pool sends the event that cannot change access tokens", async () => {
    const event = tokenEvent({ sub: "ann", tenant: "acme" }, { version: "1" });
    expect(await trigger.invoke(event)).toMatchObject(REFUSED);
    await logged({ code: "configuration_invalid" });
  });

  it("signs nobody in without its configuration, and names each variable in the log, but no value", async () => {
    const broken = deployed({ TABLE_NAME: "", ISSUER: "" });
    expect(await broken.invoke(tokenEvent({ sub: "ann", tenant: "acme" }))).toMatchObject(REFUSED);
    await logged({
      message: "configuration",
      problems: ["TABLE_NAME is missing", "ISSUER is missing"],
    });
    expect(logs.join("\n")).not.toContain("local-secret");
  });

  it("is the same bytes at every build", async () => {
    expect(Buffer.from(await tokenClaimsZip()).equals(zip)).toBe(true);
  });
});
