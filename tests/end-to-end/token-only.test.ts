import { afterEach, describe, expect, it, vi } from "vitest";
import { BASE, policiesOf } from "../support/policy-files.ts";
import { countDecisions, type Running, runStack, send } from "./running.ts";

const open: Running[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(({ stack }) => stack.close()));
});

const API = `openapi: 3.0.3
info: { title: One group, version: "1" }
x-portcullis: { backends: { docs: lambda } }
paths:
  /documents:
    get: { x-portcullis: { backend: docs, permission: documents.read } }
  /users/{userId}:
    get: { x-portcullis: { backend: docs, permission: users.read } }
    patch: { x-portcullis: { backend: docs, permission: users.write } }
`;
const policies = policiesOf({
  ...BASE,
  "api.yaml": API,
  "roles/viewer.yaml":
    "allow: [documents.read, { route: 'PATCH /users/{userId}', where: { userId: subject } }]\n",
});

async function run(cache: "token" | "off"): Promise<{ running: Running; token: string }> {
  const running = await runStack({ policies: [policies], cache, apiType: "rest-token" });
  open.push(running);
  const token = await running.stack
    .provider("main")
    ?.mint({ tenants: ["acme"], roles: ["viewer"], subject: "ann" });
  return { running, token: token ?? "" };
}

describe("an authorizer of type TOKEN", () => {
  it.each([
    ["token", 1],
    ["off", 8],
  ] as const)("decides every route under caching mode %s", async (cache, calls) => {
    const { running, token } = await run(cache);
    const requests = [
      ["GET", "/documents", 200],
      ["GET", "/users/ann", 403],
      ["PATCH", "/users/ann", 200],
      ["PATCH", "/users/bob", 403],
    ] as const;
    for (let round = 0; round < 2; round++)
      for (const [method, path, status] of requests)
        expect([method, path, (await send(running, { method, path, token })).status]).toEqual([
          method,
          path,
          status,
        ]);
    await vi.waitFor(() => expect(countDecisions(running)).toBe(calls));
  });

  it.each(["Bearer x", "Basic YTpi", "Bearer a.b.c.d", "Bearer a.b.c d", "a.b.c"])(
    "is not called for a header that is not a token: %s",
    async (authorization) => {
      const { running } = await run("token");
      expect(await send(running, { path: "/documents", headers: { authorization } })).toMatchObject({
        status: 401,
      });
      await vi.waitFor(() => expect(running.logs.join("\n")).toContain("not-called"));
      expect(countDecisions(running)).toBe(0);
    },
  );
});
