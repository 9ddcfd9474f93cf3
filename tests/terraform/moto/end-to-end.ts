import { deepStrictEqual as equal, ok } from "node:assert";
import { headerSpellings } from "../../../core/policy-files/openapi/integrations.ts";
import { type Case, DECISIONS, FORGERIES } from "../../end-to-end/cases.ts";
import { forge, mint } from "../../end-to-end/tokens.ts";
import type { Answer, DeployedFront } from "./deployed-front.ts";
import type { Report } from "./support/report.ts";

/** The end-to-end suite's cases, asked of what was deployed. */
export async function askCases(apiType: DeployedFront, mode: string, report: Report): Promise<void> {
  const providers = (issuer: string) => apiType.provider(issuer);
  for (const one of DECISIONS)
    await report.check(`deployed: ${one.title}`, async () => {
      const token = one.token && (await mint(one.token, providers));
      const reason = (mode === "token" ? one.silently : undefined) ?? one.reason;
      expectAnswer(await apiType.ask({ method: one.method, path: one.path, token }), one, reason);
    });
  for (const { title, forgery, code } of FORGERIES)
    await report.check(`deployed: believes no token with ${title}`, async () => {
      const before = apiType.logs().length;
      const token = await forge(forgery, providers);
      const { status, caller } = await apiType.ask({ method: "GET", path: "/documents", token });
      equal({ status, caller }, { status: 401, caller: undefined });
      equal(apiType.logs().slice(before).flatMap(codeIn), [code]);
    });
  await report.check(
    "deployed: an http backend learns the caller from the authorizer, not from the client",
    async () => {
      const token = await mint({ tenants: ["acme"], roles: ["auditor"], subject: "ann" }, providers);
      const forged = { "X-Tenant-Id": "globex", "X-User-Id": "bob", "X-Roles": "admin" };
      const headers = Object.fromEntries(
        Object.entries(forged).flatMap(([name, value]) => headerSpellings(name).map((one) => [one, value])),
      );
      const { caller } = await apiType.ask({ method: "GET", path: "/invoices/7", token, headers });
      equal(caller, { tenantId: "acme", userId: "ann", roles: ["auditor"], path: "/v1/invoices/7" });
    },
  );
  await report.check("deployed: no log has a token", async () => {
    const token = await mint({ tenants: ["acme"], roles: ["admin"] }, providers);
    await apiType.ask({ method: "GET", path: "/documents", token });
    const secrets = token.split(".").filter((part) => part.length > 16);
    ok(secrets.length > 1 && apiType.logs().length > 0);
    for (const line of apiType.logs()) ok(!secrets.some((part) => line.includes(part)));
  });
}

function expectAnswer(answer: Answer, one: Case, reason: Case["reason"]): void {
  equal({ status: answer.status, reason: answer.reason }, { status: one.status, reason });
  const { caller } = one;
  if (caller === null) equal(answer.caller, null);
  else if (caller !== undefined)
    equal(Object.fromEntries(Object.keys(caller).map((key) => [key, answer.caller?.[key]])), caller);
}

/** The failure's code of the authorizer's line, if it is one. */
function codeIn(line: string): string[] {
  const parsed = JSON.parse(line) as { message?: unknown; code?: unknown };
  return parsed.message === "decision" && parsed.code !== undefined ? [String(parsed.code)] : [];
}
