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
import { readGeneration } from "../support/read-generation.ts";

const HOUR = 3_600;
const NOW = Math.floor(Date.now() / 1_000);
const REJECTED = { ok: false, error: { errorMessage: "Nobody can be signed in at the moment" } };

let stack: Stack;
let zip: Uint8Array;
let trigger: LocalFunction;
const functions: LocalFunction[] = [];
const logs: string[] = [];

/** Loads policies whose issuer uses no memberships, so that only the token's roles count. */
function loadExamplePolicies() {
  const files = new Map(readPolicyFiles("examples/cognito/policies"));
  files.set(
    "issuers.yaml",
    "cognito: { preset: cognito, tenants: '*', claims: { roles: { claim: 'custom:roles', as: spaces } } }\n",
  );
  const loaded = loadPolicies(files, "dev").policies;
  if (loaded === undefined) throw new Error("The example has errors");
  return loaded;
}

function deployFunction(variables: Readonly<Record<string, string>>): LocalFunction {
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
    startStack({ policies: [loadExamplePolicies()], cache: "auto", ttl: 60, port: 0 }),
    tokenClaimsZip(),
  ]);
  trigger = deployFunction({});
});
afterAll(async () => {
  await Promise.all(functions.map((one) => one.close()));
  await stack.close();
});

const put = async (item: Item): Promise<void> => {
  const generation = await readGeneration(stack.dynamodb, TABLE_NAME, String(item["id"]));
  const complete = { generation, ...item };
  await stack.dynamodb.send(new PutItemCommand({ TableName: TABLE_NAME, Item: marshallItem(complete) }));
};

/** Returns the item that `portcullis grant` writes. */
const membership = (
  tenant: string,
  subject: string,
  roles: readonly { readonly role: string; readonly until?: number }[],
): Item => ({
  ...stampItem({ pk: `TENANT#${tenant}`, sk: `MEMBER#cognito#${subject}`, id: tenant, roles }),
  owner: "runtime",
});

/** Returns the item that `portcullis grant --client` writes. */
const clientMembership = (
  tenant: string,
  client: string,
  roles: readonly { readonly role: string; readonly until?: number }[],
): Item => ({
  ...stampItem({ pk: `TENANT#${tenant}`, sk: `CLIENT#cognito#${client}`, id: tenant, roles }),
  owner: "runtime",
});

/** The client of `machineEvent`. */
const MACHINE = "1example23456789";

async function invokeTrigger(event: unknown): Promise<ReturnType<typeof tokenEvent>> {
  const result = await trigger.invoke(event);
  if (!result.ok) throw new Error(result.error.errorMessage);
  return result.payload as ReturnType<typeof tokenEvent>;
}

/** Parses a log line. Lines that are not JSON are the SDK's warnings. */
const parseLine = (line: string): unknown[] => (line.startsWith("{") ? [JSON.parse(line)] : []);

/** Waits for a log line, because a Lambda's lines come a little after its response. */
const expectLine = (fields: Readonly<Record<string, unknown>>): Promise<void> =>
  expect
    .poll(() => logs.flatMap(parseLine), { timeout: 30_000 })
    .toContainEqual(expect.objectContaining(fields));

/** Sends a request with the access token that Cognito creates from the trigger's response. */
async function sendWith(method: string, path: string, event: ReturnType<typeof tokenEvent>) {
  const token = await stack
    .provider("cognito")
    ?.mint({ subject: event.userName, claims: accessClaims(await invokeTrigger(event)) });
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
    expect(await sendWith("POST", "/notes", event)).toMatchObject({
      status: 200,
      tenant: "acme",
      roles: ["writer"],
    });
    expect(await sendWith("DELETE", "/notes/42", event)).toMatchObject({
      status: 403,
      reason: "route_not_granted",
    });
  });

  it("reads the membership again at each refresh", async () => {
    const event = tokenEvent(
      { sub: "bob", tenant: "acme" },
      { triggerSource: "TokenGeneration_RefreshTokens" },
    );
    await put(membership("acme", "bob", [{ role: "owner" }]));
    expect(await sendWith("DELETE", "/notes/42", event)).toMatchObject({ status: 200, roles: ["owner"] });
    await put(membership("acme", "bob", [{ role: "reader" }]));
    expect(await sendWith("DELETE", "/notes/42", event)).toMatchObject({ status: 403 });
    expect(await sendWith("GET", "/notes/42", event)).toMatchObject({ status: 200, roles: ["reader"] });
  });

  it("adds the membership's roles to the pool's groups, and returns the rest of their configuration unchanged", async () => {
    await put(membership("globex", "cia", [{ role: "writer" }, { role: "reader" }]));
    const event = tokenEvent({ sub: "cia", tenant: "globex" });
    const groupConfiguration = {
      groupsToOverride: ["reader", "beta-testers"],
      iamRolesToOverride: ["arn:aws:iam::111122223333:role/beta"],
      preferredRole: "arn:aws:iam::111122223333:role/beta",
    };
    const returned = await invokeTrigger({ ...event, request: { ...event.request, groupConfiguration } });
    expect(returned.response.claimsAndScopeOverrideDetails).toEqual({
      accessTokenGeneration: {
        claimsToAddOrOverride: {
          "custom:tenant": "globex",
          "custom:roles": "beta-testers reader writer",
        },
      },
      groupOverrideDetails: { ...groupConfiguration, groupsToOverride: ["beta-testers", "reader", "writer"] },
    });
  });

  it("gives a user without membership the tenant, and no roles except the pool's groups", async () => {
    expect(await sendWith("GET", "/notes", tokenEvent({ sub: "dan", tenant: "acme" }))).toMatchObject({
      status: 403,
      reason: "no_role",
    });
    const grouped = tokenEvent({ sub: "dan", tenant: "acme", groups: ["reader"] });
    expect(await sendWith("GET", "/notes", grouped)).toMatchObject({ status: 200, roles: ["reader"] });
  });

  it("uses neither a role that has ended nor a membership in another tenant", async () => {
    await put(
      membership("acme", "eve", [
        { role: "owner", until: NOW - 1 },
        { role: "reader", until: NOW + HOUR },
      ]),
    );
    const event = tokenEvent({ sub: "eve", tenant: "acme" });
    expect(await sendWith("DELETE", "/notes/42", event)).toMatchObject({ status: 403 });
    expect(await sendWith("GET", "/notes", event)).toMatchObject({ status: 200, roles: ["reader"] });
    expect(await sendWith("GET", "/notes", tokenEvent({ sub: "eve", tenant: "globex" }))).toMatchObject({
      status: 403,
      reason: "no_role",
    });
  });

  it("changes nothing for a user without tenant, whatever metadata the client sends", async () => {
    const event = tokenEvent({ sub: "fay", groups: ["owner"] });
    const withMetadata = {
      ...event,
      request: { ...event.request, clientMetadata: { "custom:tenant": "acme" } },
    };
    expect(await invokeTrigger(withMetadata)).toEqual(withMetadata);
    expect(await sendWith("GET", "/notes", withMetadata)).toMatchObject({ status: 403, reason: "no_tenant" });
  });

  it("gives a machine the tenant that it names, and the roles of its membership there", async () => {
    await put(clientMembership("acme", MACHINE, [{ role: "writer" }, { role: "owner", until: NOW - 1 }]));
    const event = machineEvent({ tenant: "acme" });
    expect((await invokeTrigger(event)).response.claimsAndScopeOverrideDetails).toEqual({
      accessTokenGeneration: {
        claimsToAddOrOverride: { "custom:tenant": "acme", "custom:roles": "writer" },
      },
    });
    expect(await sendWith("POST", "/notes", event)).toMatchObject({
      status: 200,
      tenant: "acme",
      roles: ["writer"],
    });
    expect(await sendWith("DELETE", "/notes/42", event)).toMatchObject({ status: 403 });
  });

  it.each([
    ["names no tenant", {}],
    ["names a tenant in which only a user with its id has a membership", { tenant: "globex" }],
    ["names a tenant that does not exist", { tenant: "nobody" }],
    ["names the attribute of users", { "custom:tenant": "acme" }],
  ])("changes nothing for a machine that %s", async (_, metadata) => {
    await put(clientMembership("acme", MACHINE, [{ role: "writer" }]));
    await put(membership("globex", MACHINE, [{ role: "writer" }]));
    expect(await invokeTrigger(machineEvent(metadata))).toEqual(machineEvent(metadata));
    expect(await sendWith("GET", "/notes", machineEvent(metadata))).toMatchObject({
      status: 403,
      reason: "no_tenant",
    });
  });

  it("changes nothing for a machine whose membership has ended, and gives no token while the table cannot be reached", async () => {
    await put(clientMembership("globex", "ended", [{ role: "writer", until: NOW - 1 }]));
    const event = {
      ...machineEvent({ tenant: "globex" }),
      callerContext: { awsSdkVersion: "x", clientId: "ended" },
    };
    expect(await invokeTrigger(event)).toEqual(event);
    const cut = deployFunction({ AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:9" });
    expect(await cut.invoke(machineEvent({ tenant: "acme" }))).toMatchObject(REJECTED);
  });

  it("does not let a user's client metadata stand for a machine's", async () => {
    await put(clientMembership("acme", MACHINE, [{ role: "writer" }]));
    const event = tokenEvent({ sub: "hal" });
    const named = { ...event, request: { ...event.request, clientMetadata: { tenant: "acme" } } };
    expect(await invokeTrigger(named)).toEqual(named);
  });

  it("leaves a role whose name has a space out of the claim, because it would count as two", async () => {
    const event = tokenEvent({ sub: "ivy", tenant: "acme", groups: ["reader", "owner writer"] });
    const { accessTokenGeneration } = (await invokeTrigger(event)).response.claimsAndScopeOverrideDetails;
    expect(accessTokenGeneration?.claimsToAddOrOverride?.["custom:roles"]).toBe("reader");
  });

  it("signs no one in while the table cannot be reached, and returns no details", async () => {
    const cut = deployFunction({ AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:9" });
    expect(await cut.invoke(tokenEvent({ sub: "ann", tenant: "acme" }))).toMatchObject(REJECTED);
    await expectLine({
      level: "error",
      message: "token",
      trigger: "TokenGeneration_Authentication",
      code: "table_unreachable",
    });
    // Without a tenant there is nothing to read.
    expect(await cut.invoke(tokenEvent({ sub: "fay" }))).toMatchObject({ ok: true });
  });

  it("signs no one in with a malformed membership", async () => {
    await put({ ...membership("acme", "gus", [{ role: "owner" }]), v: 2 });
    expect(await trigger.invoke(tokenEvent({ sub: "gus", tenant: "acme" }))).toMatchObject(REJECTED);
    await expectLine({
      code: "item_invalid",
      detail: expect.stringContaining("TENANT#acme MEMBER#cognito#gus"),
    });
  });

  it("signs no one in if the pool sends the event version that cannot change access tokens", async () => {
    const event = tokenEvent({ sub: "ann", tenant: "acme" }, { version: "1" });
    expect(await trigger.invoke(event)).toMatchObject(REJECTED);
    await expectLine({ code: "configuration_invalid" });
  });

  it("signs no one in without its configuration, and logs each variable's name, but no value", async () => {
    const broken = deployFunction({ TABLE_NAME: "", ISSUER: "" });
    expect(await broken.invoke(tokenEvent({ sub: "ann", tenant: "acme" }))).toMatchObject(REJECTED);
    await expectLine({
      message: "configuration",
      problems: ["TABLE_NAME is missing", "ISSUER is missing"],
    });
    expect(logs.join("\n")).not.toContain("local-secret");
  });

  it("has the same bytes in every build", async () => {
    expect(Buffer.from(await tokenClaimsZip()).equals(zip)).toBe(true);
  });
});
