import { deepStrictEqual as equal, ok } from "node:assert";
import { CALLER_HEADERS, headerSpellings } from "../../../core/policy-files/openapi/integrations.ts";
import { sendRaw } from "../../attacks/support/raw-request.ts";
import { portcullis } from "../../package/package.ts";
import type { Report } from "../../terraform/moto/support/report.ts";
import type { Backend } from "./backend.ts";

const LINE = "GET /invoices/7";
/** Contains characters that a header cannot have: the backend must receive them correctly. */
const SUBJECT = 'änn, of "Acme"';
const SEEN = {
  invoice: "7",
  caller: {
    tenantId: "acme",
    userId: SUBJECT,
    roles: ["accountant"],
    issuer: "main",
    actor: null,
    delegate: null,
    omitted: [],
  },
};
const REJECTED = [500, { error: "caller_missing" }];

/** Every spelling of our headers that some servers treat as the same name. */
const SPELLINGS = Object.keys(CALLER_HEADERS)
  .flatMap(headerSpellings)
  .flatMap((name) => [name, name.toLowerCase(), name.toUpperCase()]);

/** The gateway that the packed portcullis of an example's folder runs. */
interface Gateway {
  readonly folder: string;
  readonly port: string;
}

/** Checks a backend's responses to requests through the gateway, and to requests that bypass it. */
export async function tryBackend(
  name: string,
  backend: Backend,
  { folder, port }: Gateway,
  report: Report,
): Promise<void> {
  const origin = `http://127.0.0.1:${port}`;
  const caller = ["--tenant", "acme", "--role", "accountant", "--subject", SUBJECT];
  const token = (await portcullis(folder, folder, "token", "--port", port, ...caller)).trim();
  const send = async (to: string, headers: readonly string[]) => {
    const { status, json } = await sendRaw(to, { line: LINE, headers });
    return [status, json];
  };
  const throughGateway = (...headers: string[]) =>
    send(origin, [`Authorization: Bearer ${token}`, ...headers]);
  const bypassing = (...headers: string[]) => send(backend.origin, headers);

  await report.check(`${name}: receives the caller`, async () => equal(await throughGateway(), [200, SEEN]));
  await report.check(`${name}: receives no forged header, in any spelling`, async () => {
    for (const spelling of SPELLINGS) equal(await throughGateway(`${spelling}: evil`), [200, SEEN], spelling);
    equal(await throughGateway(...SPELLINGS.map((spelling) => `${spelling}: evil`)), [200, SEEN]);
  });
  await report.check(`${name}: receives no request without a token`, async () => {
    const [status] = await send(origin, OURS);
    equal(status, 401);
  });
  await report.check(`${name}: rejects direct access unless every header is there exactly once`, async () => {
    equal(await bypassing(), REJECTED);
    for (const [index, header] of OURS.entries()) {
      equal(await bypassing(...OURS.filter((_, other) => other !== index)), REJECTED, header);
      equal(await bypassing(...OURS, header), REJECTED, header);
      equal(
        await bypassing(...OURS, header.replaceAll("-", "_").replace(/: .*/, ": evil")),
        REJECTED,
        header,
      );
    }
  });
  await report.check(
    `${name}: cannot detect direct access with all headers, so others must not reach it`,
    async () => {
      const [status] = await bypassing(...OURS);
      equal(status, 200);
    },
  );
  await report.check(`${name}: logs the reason, without a value`, () => {
    ok(backend.log().includes("The request has no X-Tenant-Id"), backend.log());
    ok(!backend.log().includes("evil"), backend.log());
  });
}

const OURS = [
  "X-Tenant-Id: acme",
  "X-User-Id: ann",
  "X-Roles: accountant",
  "X-Issuer: main",
  "X-Actor: -",
  "X-Delegate: -",
  "X-Omitted: -",
];
