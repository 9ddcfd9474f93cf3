import { SignJWT } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { parseCaller } from "../../../core/decision/caller.ts";
import { claimsAfterVerification } from "../../../core/decision/claims.ts";
import type { Directory } from "../../../core/model/directory.ts";
import { tenantId } from "../../../core/model/ids.ts";
import { readLayout } from "../../../core/model/layout.ts";
import { withGenerations } from "../../../core/policy-files/publish/generations.ts";
import { readConfig } from "../../../lambdas/authorizer/configuration.ts";
import { createAuthorizer } from "../../../lambdas/authorizer/create-authorizer.ts";
import { permissionsTable } from "../../../runtime/table/permissions-table.ts";
import { authorizerEnvironment } from "../../support/configuration.ts";
import { makeSigner, type Signer } from "../../support/fake-issuer.ts";
import { clock, event, issuerItem, LAYOUT_DATA } from "../../support/fixtures.ts";
import { itemsWith } from "../../support/policy-files.ts";
import type { TokenShape } from "../../support/token-shapes.ts";
import * as shapes from "../../support/token-shapes.ts";

let signer: Signer;
let elliptic: Signer;
beforeAll(async () => {
  [signer, elliptic] = await Promise.all([makeSigner("k1"), makeSigner("k1", "ES256")]);
});

interface Setting {
  /** The issuer's entry in issuers.yaml. */
  readonly issuer: string;
  readonly url: string;
  readonly audience: string;
  /** The id in the tenant's file. */
  readonly tenant?: string;
  readonly algorithms?: readonly string[];
  /** The member `issuer` of the keys. */
  readonly keyIssuer?: string;
  /** The tenant's directory of the issuer. */
  readonly directory?: string;
}

/** Creates a whole authorizer, configured as by Terraform, with compiled policy files and without sockets. */
function createSender({ issuer, url, audience, tenant, algorithms, keyIssuer, directory }: Setting) {
  const items = itemsWith({
    "issuers.yaml": `main: ${issuer}\n`,
    "tenants/acme.yaml": [
      tenant === undefined ? "name: Acme\n" : `id: ${tenant}\n`,
      directory === undefined ? "" : `directories: { main: ${directory} }\n`,
    ].join(""),
  });
  const { now } = clock();
  const settings = { url, jwksUri: "https://keys.example.com/jwks", audiences: [audience], algorithms };
  const { trust } = readConfig(authorizerEnvironment({ ISSUERS: JSON.stringify({ main: settings }) }));
  const reader = {
    catalogue: async () => items.filter((item) => item["pk"] === "CATALOGUE"),
    items: async (keys: readonly { pk: string; sk: string }[]) =>
      items
        .filter((item) => keys.some(({ pk, sk }) => item["pk"] === pk && item["sk"] === sk))
        .map(withGenerations([], () => "g1")),
  };
  const lines: Record<string, unknown>[] = [];
  const keys = [signer.jwk, elliptic.jwk].map((key) =>
    keyIssuer === undefined ? key : { ...key, issuer: keyIssuer },
  );
  const authorizer = createAuthorizer({
    trust,
    layout: readLayout(LAYOUT_DATA),
    table: permissionsTable({ reader, ttlSeconds: 30, now }),
    now,
    log: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
    getJson: async () => ({ keys }),
  });
  return async ({ header, claims }: TokenShape, changes: Record<string, unknown> = {}, by = signer) => {
    const token = await new SignJWT({ ...claims, ...changes })
      .setProtectedHeader({ alg: by.alg, kid: by.kid, ...header })
      .sign(by.privateKey);
    const response = await authorizer(event(`Bearer ${token}`)).catch((error: Error) => error.message);
    const { outcome, code, reason } = lines.at(-1) ?? {};
    return { response, outcome, code: code ?? reason };
  };
}

const allowed = (context: Record<string, string>) => ({
  outcome: "allow",
  response: { context: expect.objectContaining(context) },
});
const denied = (reason: string) => ({ outcome: "deny", code: reason });
const unauthorized = (code: string) => ({ outcome: "unauthorized", response: "Unauthorized", code });

describe("auth0", () => {
  const issuer = "{ preset: auth0, tenants: '*', claims: { roles: 'https://quill.example/roles' } }";
  const setting = {
    issuer,
    url: shapes.AUTH0_ISS,
    audience: "https://api.quill.example",
    tenant: "org_acme0123",
  };

  test("a user's token is for the organization's tenant, in both profiles", async () => {
    const send = createSender(setting);
    const context = { tenantId: "org_acme0123", userId: "auth0|602c0dcab993d10073daf680", roles: "viewer" };
    expect(await send(shapes.auth0.user)).toMatchObject(
      allowed({ ...context, scopes: "documents:write openid profile" }),
    );
    expect(await send(shapes.auth0.rfc9068)).toMatchObject(
      allowed({ ...context, tokenId: "Zk5mTPyyE6PHmVcZGmYSzB" }),
    );
  });

  test("a machine's token within an organization is accepted too", async () => {
    expect(await createSender(setting)(shapes.auth0.machine)).toMatchObject(
      allowed({ userId: "awZfdIir8YFdGZWkvCejDoUb7SjTDicx@clients" }),
    );
  });

  test("an ID token is for another audience, and a token without organization has no tenant", async () => {
    const send = createSender(setting);
    expect(await send(shapes.auth0.idToken)).toMatchObject(unauthorized("audience_wrong"));
    expect(await send(shapes.auth0.user, { org_id: undefined })).toMatchObject(denied("no_tenant"));
  });

  test("the slash at the end of the issuer's URL is significant", async () => {
    const url = shapes.AUTH0_ISS.slice(0, -1);
    expect(await createSender({ ...setting, url })(shapes.auth0.user)).toMatchObject(
      unauthorized("issuer_unknown"),
    );
  });

  test("permissions are not roles", async () => {
    const changes = { "https://quill.example/roles": undefined };
    expect(await createSender(setting)(shapes.auth0.user, changes)).toMatchObject(denied("no_role"));
  });
});

describe("okta", () => {
  const setting = {
    issuer: "{ preset: okta, tenants: '*', roles: { Quill Readers: viewer } }",
    url: shapes.OKTA_ISS,
    audience: "api://quill",
  };

  test("a user's token has its groups mapped and its scopes as a list", async () => {
    expect(await createSender(setting)(shapes.okta.user)).toMatchObject(
      allowed({
        tenantId: "acme",
        userId: "ann@acme.example",
        roles: "viewer",
        scopes: "documents:write openid",
      }),
    );
  });

  test("the subject may be the user's permanent id", async () => {
    const issuer =
      "{ preset: okta, tenants: '*', roles: { Quill Readers: viewer }, claims: { subject: uid } }";
    expect(await createSender({ ...setting, issuer })(shapes.okta.user)).toMatchObject(
      allowed({ userId: "00uid4BxXw6I6TV4m0g3" }),
    );
  });

  test("a machine's token is accepted, but an ID token is not", async () => {
    const send = createSender(setting);
    expect(await send(shapes.okta.machine)).toMatchObject(allowed({ userId: "0oa1gj63g4CfKSyPf0h8" }));
    expect(await send(shapes.okta.idToken)).toMatchObject(unauthorized("audience_wrong"));
  });

  test("groups without a mapping give no role", async () => {
    expect(await createSender(setting)(shapes.okta.user, { groups: ["Everyone", "viewer"] })).toMatchObject(
      denied("no_role"),
    );
  });
});

describe("entra", () => {
  const setting = {
    issuer: "{ preset: entra, tenants: by_directory }",
    url: shapes.ENTRA_TEMPLATE,
    audience: shapes.ENTRA_APPLICATION,
    directory: shapes.ENTRA_TID,
    keyIssuer: "https://login.microsoftonline.com/{tenantid}/v2.0",
  };

  test("a token of a directory is for the tenant that lists it, and the subject is the user's object id", async () => {
    expect(await createSender(setting)(shapes.entra.user)).toMatchObject(
      allowed({
        tenantId: "acme",
        userId: "690222be-ff1a-4d56-abd1-7e4f7d38e474",
        roles: "viewer",
        scopes: "access_as_user documents:write",
      }),
    );
  });

  test("a directory that no tenant lists is not trusted", async () => {
    const tid = "11111111-3c0e-4d8e-9a53-0f6b1d1b7a11";
    const iss = shapes.ENTRA_TEMPLATE.replace("{tid}", tid);
    expect(await createSender(setting)(shapes.entra.user, { tid, iss })).toMatchObject(
      unauthorized("issuer_unknown"),
    );
  });

  test("a directory cannot name another as its tenant", async () => {
    const iss = shapes.ENTRA_TEMPLATE.replace("{tid}", "11111111-3c0e-4d8e-9a53-0f6b1d1b7a11");
    const send = createSender(setting);
    expect(await send(shapes.entra.user, { iss })).toMatchObject(unauthorized("issuer_unknown"));
    expect(await send(shapes.entra.user, { tid: [shapes.ENTRA_TID, "other"] })).toMatchObject(
      unauthorized("issuer_unknown"),
    );
    const tid = "11111111-3c0e-4d8e-9a53-0f6b1d1b7a11";
    expect(await send(shapes.entra.user, { tid })).toMatchObject(unauthorized("issuer_unknown"));
    expect(await send(shapes.entra.user, { tid: 7 })).toMatchObject(unauthorized("issuer_unknown"));
    expect(await send(shapes.entra.user, { tid: undefined })).toMatchObject(allowed({ tenantId: "acme" }));
  });

  test("a directory's users have no membership in another directory's tenant, whatever their names", () => {
    const template = {
      issuer: issuerItem({ memberships: "merge" }),
      payload: { sub: "ann", tenant: "mine" },
    };
    const selecting = (directory?: Directory) =>
      parseCaller(claimsAfterVerification(template.issuer, template.payload, directory), "victim");
    expect(selecting({ name: "d1", tenant: tenantId("mine") })).toMatchObject({ reason: "no_tenant" });
    expect(selecting()).toMatchObject({ tenant: "victim", tenantFromToken: false });
  });

  test.each([
    "https://login.microsoftonline.com/{tid}/v2.0",
    "https://login.microsoftonline.com//v2.0",
    "https://login.microsoftonline.com/v2.0",
    `https://login.microsoftonline.com/${shapes.ENTRA_TID}/x/v2.0`,
    `https://login.microsoftonline.com/${shapes.ENTRA_TID}/v2.0/`,
    `https://login.microsoftonline.com.evil.example/${shapes.ENTRA_TID}/v2.0`,
    `https://LOGIN.microsoftonline.com/${shapes.ENTRA_TID}/v2.0`,
    `https://login.microsoftonline.com/${shapes.ENTRA_TID}%2F/v2.0`,
  ])("%s does not match the template", async (iss) => {
    expect(await createSender(setting)(shapes.entra.user, { iss })).toMatchObject(
      unauthorized("issuer_unknown"),
    );
  });

  test("a key of one directory verifies no token of the template", async () => {
    const keyIssuer = shapes.ENTRA_TEMPLATE.replace("{tid}", "9188040d-6c67-4c5b-b112-36a304b66dad");
    expect(await createSender({ ...setting, keyIssuer })(shapes.entra.user)).toMatchObject({
      outcome: "error",
      code: "keys_unreachable",
    });
  });

  test("the issuer of one directory accepts its own keys and keys of all directories, but not another directory's", async () => {
    const url = shapes.ENTRA_TEMPLATE.replace("{tid}", shapes.ENTRA_TID);
    const { directory: _, ...others } = setting;
    const own = { ...others, issuer: "{ preset: entra, tenants: '*' }", url, tenant: shapes.ENTRA_TID };
    expect(await createSender(own)(shapes.entra.user)).toMatchObject({ outcome: "allow" });
    expect(await createSender({ ...own, keyIssuer: url })(shapes.entra.user)).toMatchObject({
      outcome: "allow",
    });
    const keyIssuer = shapes.ENTRA_TEMPLATE.replace("{tid}", "other");
    expect(await createSender({ ...own, keyIssuer })(shapes.entra.user)).toMatchObject({
      code: "keys_unreachable",
    });
  });

  test("a machine's token has app roles too, and an ID token is for another audience", async () => {
    const send = createSender(setting);
    expect(await send(shapes.entra.machine)).toMatchObject(allowed({ roles: "viewer" }));
    expect(await send(shapes.entra.idToken)).toMatchObject(unauthorized("audience_wrong"));
  });

  test("a token of version 1.0 has its own issuer", async () => {
    const version1 = { ...setting, url: "https://sts.windows.net/{tid}/", audience: "api://quill" };
    expect(
      await createSender({ ...version1, keyIssuer: "https://sts.windows.net/{tenantid}/" })(
        shapes.entra.version1,
      ),
    ).toMatchObject(allowed({ tenantId: "acme" }));
    expect(await createSender(setting)(shapes.entra.version1)).toMatchObject(unauthorized("issuer_unknown"));
  });

  describe("with roles of groups", () => {
    const groups =
      "{ preset: entra, tenants: by_directory, claims: { roles: groups }, roles: { d17a4e1b-5d4a-4b53-9c1c-2c5a3b4c6d7e: viewer } }";
    const send = (shape: TokenShape, issuer = groups) => createSender({ ...setting, issuer })(shape);

    test("a group's id is mapped", async () => {
      expect(await send(shapes.entra.groups)).toMatchObject(allowed({ roles: "viewer" }));
    });

    test("more groups than fit into a token have their own deny reason", async () => {
      expect(await send(shapes.entra.overage)).toMatchObject(denied("groups_overage"));
      expect(await send(shapes.entra.implicitOverage)).toMatchObject(denied("groups_overage"));
    });

    test("a group overage does not matter if groups are not read", async () => {
      const fromTable = "{ preset: entra, tenants: by_directory, memberships: instead }";
      expect(await send(shapes.entra.overage, fromTable)).toMatchObject(denied("no_role"));
      expect(await send(shapes.entra.overage, setting.issuer)).toMatchObject(denied("no_role"));
    });
  });
});

describe("cognito", () => {
  const setting = {
    issuer: "{ preset: cognito, tenants: '*' }",
    url: shapes.COGNITO_ISS,
    audience: shapes.COGNITO_CLIENT,
  };

  test("an access token is for a client, and an ID token is rejected if access tokens are required", async () => {
    const send = createSender(setting);
    expect(await send(shapes.cognito.user)).toMatchObject(
      allowed({ tenantId: "acme", roles: "viewer", userId: "aaaaaaaa-bbbb-cccc-dddd-example01" }),
    );
    expect(await send(shapes.cognito.idToken)).toMatchObject(unauthorized("token_type_wrong"));
    expect(await send(shapes.cognito.idToken, { client_id: shapes.COGNITO_CLIENT })).toMatchObject(
      unauthorized("token_type_wrong"),
    );
  });

  test("an ID token is accepted if ID tokens are required, and then an access token is not", async () => {
    const send = createSender({ ...setting, issuer: "{ preset: cognito, tenants: '*', token: id }" });
    expect(await send(shapes.cognito.idToken)).toMatchObject(allowed({ tenantId: "acme" }));
    expect(await send(shapes.cognito.user)).toMatchObject(unauthorized("token_type_wrong"));
  });
});

test.each([
  ["cognito", shapes.cognito.user, shapes.COGNITO_ISS, shapes.COGNITO_CLIENT],
  ["okta", shapes.okta.user, shapes.OKTA_ISS, "api://quill"],
  ["entra", shapes.entra.user, shapes.entra.user.claims["iss"], shapes.ENTRA_APPLICATION],
])(
  "%s signs only with RS256, even if the configuration allows more",
  async (preset, shape, url, audience) => {
    const setting = {
      issuer: `{ preset: ${preset}, tenants: '*' }`,
      url,
      audience,
      algorithms: ["RS256", "ES256"],
    };
    expect(await createSender(setting)(shape, {}, elliptic)).toMatchObject(
      unauthorized("algorithm_not_allowed"),
    );
  },
);
