import { Agent, createServer, request, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadPolicyFolder } from "../../cli/shared/policy-folder.ts";
import { type Stack, startStack } from "../../local/stack.ts";

let backend: Server;
let stack: Stack;
let token: string;
const sockets: Socket[] = [];

beforeAll(async () => {
  backend = createServer((_, response) => response.end("{}"));
  await new Promise<void>((resolve) => backend.listen(0, "127.0.0.1", resolve));
  const { policies } = loadPolicyFolder("policies", "dev");
  if (policies === undefined) throw new Error("The sample has errors");
  const url = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`;
  const backendUrls = new Map([["billing", url]]);
  stack = await startStack({ policies: [policies], cache: "token", ttl: 3_600, port: 0, backendUrls });
  token = (await stack.provider("main")?.mint({ tenants: ["acme"], roles: ["accountant"] })) ?? "";
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await stack.close();
  backend.closeAllConnections();
  backend.close();
});

/** Sends a request on a connection of its own, or on one of an agent. */
const send = (agent: Agent | false = false): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    request(`${stack.origin}/invoices/42`, { agent, headers }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode));
    })
      .on("error", reject)
      .end();
  });

const countOpen = (): Promise<number> =>
  new Promise((resolve) => backend.getConnections((_, count) => resolve(count)));

it("a thousand connections at once get their responses, over at most 500 connections to the backend", async () => {
  expect(await send()).toBe(200);
  const responses = await Promise.all(Array.from({ length: 1_000 }, () => send()));
  expect(responses.filter((status) => status !== 200)).toEqual([]);
  expect(await countOpen()).toBeLessThanOrEqual(500);
}, 120_000);

it("clients that send slowly, or do not read, do not keep others waiting", async () => {
  const { port, hostname: host } = new URL(stack.origin);
  const open = (text: string): void => {
    const socket = connect({ port: Number(port), host }, () => socket.write(text));
    sockets.push(socket.pause());
  };
  const head = `Host: x\r\nAuthorization: Bearer ${token}\r\n`;
  for (let index = 0; index < 50; index++) {
    open("GET /invoices/42 HTTP/1.1\r\nHost:");
    open(`PUT /documents/1 HTTP/1.1\r\n${head}Content-Length: 1000000\r\n\r\nx`);
    open(`GET /invoices/42 HTTP/1.1\r\n${head}\r\n`.repeat(20));
  }
  const agent = new Agent({ keepAlive: true });
  for (let index = 0; index < 20; index++) expect(await send(agent)).toBe(200);
  agent.destroy();
}, 120_000);
