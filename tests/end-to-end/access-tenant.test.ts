import { afterEach, expect, it } from "vitest";
import type { AccessDocument } from "../../core/decision/access.ts";
import type { ApiType } from "../../core/model/layout.ts";
import { BASE, policiesOf } from "../support/policy-files.ts";
import { type Running, runStack, type Sent, send } from "./running.ts";

const open: Running[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(({ stack }) => stack.close()));
});

const API = `openapi: 3.0.3
info: { title: Small, version: "1" }
x-portcullis:
  backends: { docs: lambda }
`;

async function start(settings: string, path: string, apiType: ApiType): Promise<Running & { token: string }> {
  const route = `paths:\n  ${path}:\n    get: { x-portcullis: { backend: docs, permission: documents.read } }\n`;
  const policies = policiesOf({
    ...BASE,
    "api.yaml": `${API}${settings}${route}    put: { x-portcullis: { backend: docs, permission: documents.write } }\n`,
    "roles/editor.yaml": "allow: [documents.*]\n",
    "tenants/globex.yaml": "name: Globex\n",
  });
  const running = await runStack({ policies: [policies], cache: "route", apiType });
  open.push(running);
  const request = { tenants: ["acme", "globex"], roles: ["acme:viewer", "globex:editor"], subject: "ann" };
  return { ...running, token: (await running.stack.provider("main")?.mint(request)) ?? "" };
}

async function accessAt(running: Running, sent: Sent): Promise<AccessDocument> {
  const { status, body } = await send(running, sent);
  expect(status).toBe(200);
  return body as unknown as AccessDocument;
}

it.each(["rest", "http-simple"] as const)(
  "the header of an API of type %s selects the tenant",
  async (apiType) => {
    const settings = "  tenant: { header: X-Tenant }\n  access: { path: /access }\n";
    const { token, ...running } = await start(settings, "/documents", apiType);
    const at = (tenant: string) => ({ token, headers: { "X-Tenant": tenant } });
    expect(await accessAt(running, { path: "/access", token })).toMatchObject({
      tenantId: null,
      tenants: ["acme", "globex"],
      routes: [],
    });
    for (const [tenant, permissions] of [
      ["acme", ["documents.read"]],
      ["globex", ["documents.read", "documents.write"]],
    ] as const) {
      expect(await accessAt(running, { path: "/access", ...at(tenant) })).toMatchObject({
        tenantId: tenant,
        permissions,
      });
      const { status } = await send(running, { method: "PUT", path: "/documents", ...at(tenant) });
      expect(status === 200).toBe(permissions.length === 2);
    }
    const [other, request] = [
      await send(running, { path: "/access", ...at("initech") }),
      await send(running, { path: "/documents", ...at("initech") }),
    ];
    expect([other.status, request.status]).toEqual([403, 403]);
  },
);

it.each(["rest", "http-simple"] as const)(
  "the path of an API of type %s selects the tenant",
  async (apiType) => {
    const settings = `  tenant: { path: orgId }\n  access: { path: "/orgs/{orgId}/access" }\n`;
    const { token, ...running } = await start(settings, "/orgs/{orgId}/documents", apiType);
    expect(await accessAt(running, { path: "/orgs/globex/access", token })).toMatchObject({
      tenantId: "globex",
      routes: [
        { method: "GET", path: "/orgs/{orgId}/documents", where: [{ orgId: "globex" }] },
        { method: "PUT", path: "/orgs/{orgId}/documents", where: [{ orgId: "globex" }] },
      ],
    });
    expect(await accessAt(running, { path: "/orgs/acme/access", token })).toMatchObject({
      tenantId: "acme",
      permissions: ["documents.read"],
    });
    for (const org of ["initech", "%61cme%2F..", "ACME"])
      expect((await send(running, { path: `/orgs/${org}/access`, token })).status).not.toBe(200);
  },
);
