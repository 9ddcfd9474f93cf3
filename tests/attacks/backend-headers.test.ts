import type { Server } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { pairHeaders } from "../../local/apigateway/shared/headers.ts";
import { listen, stop } from "../end-to-end/issuers.ts";
import { API, BASE, policiesOf } from "../support/policy-files.ts";
import { type Running, runStack } from "./support/running-stack.ts";

const FOLDER = {
  ...BASE,
  "api.yaml": `${API}  /prices:
    get: { x-portcullis: { backend: billing, public: true } }
`,
  "roles/viewer.yaml": "allow: [invoices.read]\n",
};
const NAMES = [
  ...["X-Tenant-Id", "X-User-Id", "X-Roles", "X-Issuer", "X-Actor", "X-Delegate", "X-Omitted"],
  "X-Request-Id",
];
/** The headers that the backend must get: for an authorized caller, and on a public route. */
const REQUEST = { HTTP_X_REQUEST_ID: [expect.stringMatching(/^[A-Za-z0-9+/]{15}=$/)] };
const CALLER = {
  HTTP_X_TENANT_ID: ["acme"],
  HTTP_X_USER_ID: ["ann"],
  HTTP_X_ROLES: ["viewer"],
  HTTP_X_ISSUER: [expect.stringMatching(/^[a-z]+$/)],
  HTTP_X_ACTOR: ["-"],
  ...REQUEST,
};
const NO_CALLER = {
  ...Object.fromEntries(
    Object.keys(CALLER)
      .filter((name) => !(name in REQUEST))
      .map((name) => [name, ["-"]]),
  ),
  ...REQUEST,
};

let received: (readonly (readonly [name: string, value: string])[])[] = [];
let backend: Server;
let running: Running;
let token: string;

beforeAll(async () => {
  const { server, origin } = await listen((request, response) => {
    received.push(pairHeaders(request.rawHeaders));
    request.resume().on("end", () => response.end("{}"));
  });
  backend = server;
  running = await runStack(policiesOf(FOLDER), "route", new Map([["billing", origin]]));
  token = await running.token({ tenants: ["acme"], roles: ["viewer"], subject: "ann" });
});
afterAll(async () => {
  await running.stack.close();
  await stop(backend);
});
beforeEach(() => {
  received = [];
});

/** Returns every spelling of a name that CGI, WSGI, Rack or PHP pass to an application under the same key. */
function listSpellings(name: string): string[] {
  const parts = name.split("-");
  const separated = parts
    .slice(1)
    .reduce(
      (names, part) => names.flatMap((start) => [`${start}-${part}`, `${start}_${part}`]),
      [parts[0] ?? ""],
    );
  const cased = separated.flatMap((spelling) => [
    spelling,
    spelling.toLowerCase(),
    spelling.toUpperCase(),
    spelling.replace(/[a-z]/, (letter) => letter.toUpperCase()),
  ]);
  return [...new Set(cased)];
}

/** Returns the distinct values of each of our headers, with names folded as in WSGI (PEP 3333). */
function foldReceived(): Record<string, string[]> {
  const [headers = []] = received;
  const folded = headers.map(([name, value]) => [`HTTP_${name.toUpperCase().replaceAll("-", "_")}`, value]);
  const valuesOf = (name: string) => [
    ...new Set(folded.filter(([key]) => key === name).map(([, value]) => value ?? "")),
  ];
  return Object.fromEntries(Object.keys(CALLER).map((name) => [name, valuesOf(name)]));
}

const ROUTES = [
  ["a guarded route", "GET /invoices/7", CALLER],
  ["a public route", "GET /prices", NO_CALLER],
] as const;

describe.each(ROUTES)(
  "on %s, a client's header never reaches an HTTP backend as one of ours",
  (_, line, expected) => {
    it.each(NAMES.flatMap(listSpellings))("spelled %s", async (name) => {
      const { status } = await running.send({ line, token, headers: [`${name}: evil`] });
      expect(status).toBe(200);
      expect(foldReceived()).toEqual(expected);
    });

    it.each([
      ["all spellings at once", NAMES.flatMap(listSpellings).map((name) => `${name}: evil`)],
      ["sent twice", NAMES.flatMap((name) => [`${name}: evil`, `${name}: other`])],
      ["with spaces and tabs around the value", NAMES.map((name) => `${name}: \t evil \t `)],
      ["without a value", NAMES.flatMap(listSpellings).map((name) => `${name}:`)],
      ["named by Connection", [`Connection: ${NAMES.flatMap(listSpellings).join(", ")}`]],
    ])("%s", async (_title, headers) => {
      const { status } = await running.send({ line, token, headers });
      expect(status).toBe(200);
      expect(foldReceived()).toEqual(expected);
    });

    it("in the trailer of a chunked body", async () => {
      const { status } = await running.send({
        line,
        token,
        headers: ["Transfer-Encoding: chunked", `Trailer: ${NAMES.join(", ")}`],
        body: `1\r\nx\r\n0\r\n${NAMES.map((name) => `${name}: evil\r\n`).join("")}\r\n`,
      });
      expect(status).toBe(200);
      expect(foldReceived()).toEqual(expected);
    });

    it.each([
      ["a space before the colon", ["X-Tenant-Id : evil"]],
      ["a space in the name", ["X Tenant Id: evil"]],
      ["a continued line", ["X-Other: a", " X-Tenant-Id: evil"]],
      ["a NUL in the name", ["X-Tenant\0-Id: evil"]],
      ["a bare line feed", ["X-Other: a\nX-Tenant-Id: evil"]],
    ])("in an invalid header line, with %s", async (_title, headers) => {
      const { status } = await running.send({ line, token, headers });
      expect([status, received]).toEqual([400, []]);
    });
  },
);
