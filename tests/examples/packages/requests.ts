import { deepStrictEqual as equal, ok } from "node:assert";
import { CALLER_HEADERS, foldedAlike } from "../../../core/policy-files/openapi/integrations.ts";
import type { Stack } from "../../../local/stack.ts";
import { sendRaw } from "../../attacks/support/raw-request.ts";
import type { Report } from "../../terraform/moto/support/report.ts";
import type { Backend } from "./backend.ts";

const LINE = "GET /invoices/7";
/** Characters that a header cannot hold: they must come through all the same. */
const SUBJECT = 'änn, of "Acme"';
const SEEN = { invoice: "7", caller: { tenantId: "acme", userId: SUBJECT, roles: ["accountant"] } };
const REFUSED = [500, { error: "caller_missing" }];

/** Each name of ours as a client could spell it, for servers that take several names for one. */
const SPELLINGS = Object.keys(CALLER_HEADERS)
  .flatMap(foldedAlike)
  .flatMap((name) => [name, name.toLowerCase(), name.toUpperCase()]);

/** What a backend must do, through the gateway and around it. */
export async function tryBackend(
  name: string,
  backend: Backend,
  stack: Stack,
  report: Report,
): Promise<void> {
  const token = await stack
    .provider("main")
    ?.mint({ tenants: ["acme"], roles: ["accountant"], subject: SUBJECT });
  const ask = async (origin: string, headers: readonly string[]) => {
    const { status, json } = await sendRaw(origin, { line: LINE, headers });
    return [status, json];
  };
  const through = (...headers: string[]) =>
    ask(stack.origin, [`Authorization: Bearer ${token ?? ""}`, ...headers]);
  const around = (...headers: string[]) => ask(backend.origin, headers);

  await report.check(`${name}: sees who is calling`, async () => equal(await through(), [200, SEEN]));
  await report.check(`${name}: a forged header does not come through, in any spelling`, async () => {
    for (const spelling of SPELLINGS) equal(await through(`${spelling}: evil`), [200, SEEN], spelling);
    equal(await through(...SPELLINGS.map((spelling) => `${spelling}: evil`)), [200, SEEN]);
  });
  await report.check(`${name}: no token, no backend`, async () => {
    const [status] = await ask(stack.origin, OURS);
    equal(status, 401);
  });
  await report.check(`${name}: direct access without all headers, once each, is refused`, async () => {
    equal(await around(), REFUSED);
    for (const [index, header] of OURS.entries()) {
      equal(await around(...OURS.filter((_, other) => other !== index)), REFUSED, header);
      equal(await around(...OURS, header), REFUSED, header);
      equal(await around(...OURS, header.replaceAll("-", "_").replace(/: .*/, ": evil")), REFUSED, header);
    }
  });
  await report.check(
    `${name}: and nothing can tell who writes them all: keep everybody else away`,
    async () => {
      const [status] = await around(...OURS);
      equal(status, 200);
    },
  );
  await report.check(`${name}: its log says why, without a value`, () => {
    ok(backend.log().includes("The request has no X-Tenant-Id"), backend.log());
    ok(!backend.log().includes("evil"), backend.log());
  });
}

const OURS = ["X-Tenant-Id: acme", "X-User-Id: ann", "X-Roles: accountant"];
