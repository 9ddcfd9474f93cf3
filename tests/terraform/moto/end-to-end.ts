import { deepStrictEqual as equal, ok } from "node:assert";
import { headerSpellings } from "../../../core/policy-files/openapi/integrations.ts";
import { type Case, DECISIONS, FORGERIES } from "../../end-to-end/cases.ts";
import { forge, mint } from "../../end-to-end/tokens.ts";
import type { ApiResponse, DeployedApi } from "./deployed-api.ts";
import type { Report } from "./support/report.ts";

/** Sends the requests of the end-to-end cases to the deployed API, and checks the responses. */
export async function checkCases(api: DeployedApi, mode: string, report: Report): Promise<void> {
  const providers = (issuer: string) => api.provider(issuer);
  for (const one of DECISIONS)
    await report.check(`deployed: ${one.title}`, async () => {
      const token = one.token && (await mint(one.token, providers));
      const reason = (mode === "token" ? one.silently : undefined) ?? one.reason;
      expectResponse(await api.send({ method: one.method, path: one.path, token }), one, reason);
    });
  for (const { title, forgery, code } of FORGERIES)
    await report.check(`deployed: rejects a token with ${title}`, async () => {
      const before = api.logs().length;
      const token = await forge(forgery, providers);
      const { status, caller } = await api.send({ method: "GET", path: "/documents", token });
      equal({ status, caller }, { status: 401, caller: undefined });
      equal(api.logs().slice(before).flatMap(failureCodes), [code]);
    });
  await report.check(
    "deployed: an http backend gets the caller from the authorizer, not from the client",
    async () => {
      const token = await mint({ tenants: ["acme"], roles: ["auditor"], subject: "ann" }, providers);
      const forged = { "X-Tenant-Id": "globex", "X-User-Id": "bob", "X-Roles": "admin" };
      const headers = Object.fromEntries(
        Object.entries(forged).flatMap(([name, value]) => headerSpellings(name).map((one) => [one, value])),
      );
      const { caller } = await api.send({ method: "GET", path: "/invoices/7", token, headers });
      equal(caller, { tenantId: "acme", userId: "ann", roles: ["auditor"], path: "/v1/invoices/7" });
    },
  );
  await report.check("deployed: no log has a token", async () => {
    const token = await mint({ tenants: ["acme"], roles: ["admin"] }, providers);
    await api.send({ method: "GET", path: "/documents", token });
    const secrets = token.split(".").filter((part) => part.length > 16);
    ok(secrets.length > 1 && api.logs().length > 0);
    for (const line of api.logs()) ok(!secrets.some((part) => line.includes(part)));
  });
}

function expectResponse(response: ApiResponse, one: Case, reason: Case["reason"]): void {
  equal({ status: response.status, reason: response.reason }, { status: one.status, reason });
  const { caller } = one;
  if (caller === null) equal(response.caller, null);
  else if (caller !== undefined)
    equal(Object.fromEntries(Object.keys(caller).map((key) => [key, response.caller?.[key]])), caller);
}

/** Returns the code of a log line if the line reports a failed decision. */
function failureCodes(line: string): string[] {
  const parsed = JSON.parse(line) as { message?: unknown; code?: unknown };
  return parsed.message === "decision" && parsed.code !== undefined ? [String(parsed.code)] : [];
}
