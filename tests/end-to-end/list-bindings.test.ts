import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BASE, policiesOf } from "../support/policy-files.ts";
import type { Target } from "./target.ts";
import { startGateway } from "./target-gateway.ts";
import { startLambda } from "./target-lambda.ts";

const FOLDER = {
  ...BASE,
  "issuers.yaml":
    "main: { preset: generic, tenants: '*', pass: { projects: { claim: projects, at_most: 3 } } }\n",
  "roles/viewer.yaml":
    "allow:\n  - documents.read\n  - { route: 'PATCH /users/{userId}', where: { userId: claim.projects } }\n",
};

describe.each([
  ["the bundle", startLambda],
  ["the local stack", startGateway],
] as const)("a binding to a claim that is a list, in %s", (_, start) => {
  let target: Target | undefined;
  beforeAll(async () => {
    target = await start(policiesOf(FOLDER), "token");
  });
  afterAll(() => target?.close());

  const send = async (projects: unknown, path: string) => {
    const request = { tenants: ["acme"], roles: ["viewer"], claims: { projects } };
    const token = await target?.providers("main").mint(request);
    return target?.send({ method: "PATCH", path, token });
  };

  it("grants each of its values, and never the joined text", async () => {
    for (const id of ["p1", "p2"])
      expect(await send(["p1", "p2"], `/users/${id}`)).toMatchObject({
        status: 200,
        caller: { claims: { projects: '["p1","p2"]' } },
      });
    expect(await send(["p1", "x@y"], "/users/p1")).toMatchObject({ status: 200 });
    expect(await send(["p1", "x@y"], "/users/x@y")).toMatchObject({ status: 403 });
    for (const id of ["p3", "p1,p2", "p1%2Cp2", '["p1","p2"]'.replaceAll('"', "%22")])
      expect(await send(["p1", "p2"], `/users/${id}`)).toMatchObject({ status: 403 });
    expect(await send(["p1,p2"], "/users/p1,p2")).toMatchObject({ status: 200 });
  });

  it("grants none of more values than the file allows", async () => {
    expect(await send(["p1", "p2", "p3"], "/users/p3")).toMatchObject({ status: 200 });
    expect(await send(["p1", "p2", "p3", "p4"], "/users/p1")).toMatchObject({ status: 403 });
    expect(await send(["p1", "p2", "p3", "p4"], "/users/p4")).toMatchObject({ status: 403 });
  });

  it("still grants the value of a plain claim", async () => {
    expect(await send("p1", "/users/p1")).toMatchObject({ status: 200 });
    expect(await send('["p1"]', "/users/p1")).toMatchObject({ status: 403 });
  });
});
