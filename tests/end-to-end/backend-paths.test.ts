import type { Server } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { ApiType } from "../../core/model/layout.ts";
import { startingFolder } from "../../core/policy-files/init/init.ts";
import { loadPolicies } from "../../core/policy-files/model/policy-set.ts";
import { listen, stop } from "./issuers.ts";
import { type Running, runStack, send } from "./running.ts";

const DOCUMENT = `openapi: 3.0.3
info: { title: A Django API with an upload host, version: "1" }
servers: [{ url: "https://api.example.com/{version}/", variables: { version: { default: v2 } } }]
paths:
  /devices/:
    get: { operationId: list }
  /devices/{id}/:
    get: { operationId: one }
    post: { servers: [{ url: "https://upload.example.com/api" }] }
  /devices/{id}/parts: { get: {} }
  /v1/{name}:cancel: { post: {} }
  //double//slash: { get: {} }
  /files/{path+}: { get: {} }
`;

const folder = startingFolder(parse(DOCUMENT));
if (typeof folder === "string") throw new Error(folder);
const { policies, problems } = loadPolicies(folder.files, "dev");
if (policies === undefined) throw new Error(problems.map(({ message }) => message).join("\n"));

describe.each<ApiType>(["rest", "http-simple"])("a backend behind an API of type %s", (apiType) => {
  const servers: Server[] = [];
  let running: Running;

  beforeAll(async () => {
    const listening = async (name: string): Promise<string> => {
      const { server, origin } = await listen((request, response) =>
        response.end(JSON.stringify(`${name} ${request.method} ${request.url}`)),
      );
      servers.push(server);
      return origin;
    };
    const backendUrls = new Map([
      ["backend", `${await listening("api")}/v2`],
      ["upload", `${await listening("upload")}/api`],
    ]);
    running = await runStack({ policies: [policies], cache: "route", apiType, backendUrls });
  });
  afterAll(async () => {
    await running.stack.close();
    await Promise.all(servers.map(stop));
  });

  it.each([
    ["GET", "/devices", "api GET /v2/devices/"],
    ["GET", "/devices/7", "api GET /v2/devices/7/"],
    ["GET", "/devices/a%20b?x=1", "api GET /v2/devices/a%20b/?x=1"],
    ["GET", "/devices/7/parts", "api GET /v2/devices/7/parts"],
    ["POST", "/devices/7", "upload POST /api/devices/7/"],
    ["POST", "/v1/job:cancel", "api POST /v2/v1/job:cancel"],
    ["GET", "/double/slash", "api GET /v2//double//slash"],
    ["GET", "/files/a/b", "api GET /v2/files/a/b"],
  ])("is called as the document says: %s %s", async (method, path, called) => {
    const token = await running.stack
      .provider("main")
      ?.mint({ tenants: ["example"], roles: ["writer"], subject: "ann" });
    if (token === undefined) throw new Error("There is no issuer main");
    expect(await send(running, { method, path, token })).toMatchObject({ status: 200, body: called });
  });
});
