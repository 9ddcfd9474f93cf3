import type { Server } from "node:http";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApiType } from "../../core/model/layout.ts";
import { type HeaderCaller, MissingCallerError, readCallerFromHeaders } from "../../packages/caller/main.ts";
import { draws } from "../support/draws.ts";
import { API, BASE, policiesOf } from "../support/policy-files.ts";
import { listen, stop } from "./issuers.ts";
import { type Running, runStack, send } from "./running.ts";

const FOLDER = {
  ...BASE,
  "api.yaml": `${API}  /prices:
    get: { x-portcullis: { backend: billing, public: true } }
`,
  "roles/viewer.yaml": "allow: [invoices.read]\n",
};
/** Any subject that a token may have, and those that a header changes most easily. */
const SUBJECT = fc.oneof(
  fc.constantFrom("-", " ", " ann", "ann ", "\t", "a, b", "a\r\nX-Actor: eve", "%2D", "é"),
  fc.string({ unit: "binary", minLength: 1, maxLength: 40 }).filter((value) => value.isWellFormed()),
);

describe.each<ApiType>(["rest", "http-simple"])("an HTTP backend of an API of type %s", (apiType) => {
  let backend: Server;
  let running: Running;
  let received: HeaderCaller | MissingCallerError | undefined;

  beforeAll(async () => {
    const { server, origin } = await listen((request, response) => {
      try {
        received = readCallerFromHeaders(request.headersDistinct);
      } catch (error) {
        if (!(error instanceof MissingCallerError)) throw error;
        received = error;
      }
      response.end("{}");
    });
    backend = server;
    running = await runStack({
      policies: [policiesOf(FOLDER)],
      cache: "route",
      apiType,
      backendUrls: new Map([["billing", origin]]),
    });
  });
  afterAll(async () => {
    await running.stack.close();
    await stop(backend);
  });

  const request = async (path: string, subject: string, headers: Readonly<Record<string, string>> = {}) => {
    received = undefined;
    const token = await running.stack
      .provider("main")
      ?.mint({ tenants: ["acme"], roles: ["viewer"], subject });
    if (token === undefined) throw new Error("There is no issuer main");
    expect(await send(running, { path, token, headers })).toMatchObject({ status: 200 });
    return received;
  };

  it("reads the caller that the authorizer found, whatever the token's subject", async () => {
    await fc.assert(
      fc.asyncProperty(SUBJECT, async (subject) => {
        expect(await request("/invoices/7", subject)).toEqual({
          tenantId: "acme",
          userId: subject,
          roles: ["viewer"],
          issuer: "main",
          actor: null,
          delegate: null,
          omitted: [],
        });
      }),
      { numRuns: draws(100, 30) },
    );
  });

  it("never reads an actor, delegate, issuer or list of what was left out that the client sent", async () => {
    const forged = {
      "x-actor": "eve",
      x_actor: "eve",
      "x-delegate": "main eve",
      x_delegate: "main eve",
      "x-issuer": "staff",
      x_issuer: "staff",
      "x-omitted": "roles",
      x_omitted: "roles",
    };
    expect(await request("/invoices/7", "ann", forged)).toMatchObject({
      issuer: "main",
      actor: null,
      delegate: null,
      omitted: [],
    });
    expect(await request("/prices", "ann", forged)).toBeInstanceOf(MissingCallerError);
  });
});
