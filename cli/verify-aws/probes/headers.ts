import { allow } from "../lab.ts";
import { TENANT } from "../lambdas.ts";
import { finding, probe } from "../probe.ts";

const SPELLINGS = [
  "X-Tenant-Id",
  "x-tenant-id",
  "X-TENANT-ID",
  "X_Tenant_Id",
  "x_tenant_id",
  "X-Tenant_Id",
  "x_tenant-id",
];
const FORGED = "forged-by-client";

/** A request with a forged header. */
interface Spoofed {
  readonly sent: string;
  readonly status: number;
  /** The headers at the backend that a server may treat as `X-Tenant-Id`. */
  readonly arrived: readonly (readonly [name: string, value: string])[];
}

export const spoofedHeaders = probe<readonly Spoofed[]>(
  {
    id: "spoofed-headers",
    question: "Can a client's own X-Tenant-Id reach an HTTP backend?",
    assumed: "no: the mapped header replaces it",
  },
  async ({ send }) => {
    const results: Spoofed[] = [];
    for (const sent of SPELLINGS) {
      const { status, headers } = await send({
        path: "/headers",
        statements: [allow("*")],
        headers: [[sent, FORGED]],
      });
      const arrived = Object.entries(headers)
        .filter(([name]) => name.toLowerCase().replaceAll("_", "-") === "x-tenant-id")
        .flatMap(([name, values]) => values.map((value) => [name, value] as const));
      results.push({ sent, status, arrived });
    }
    return results;
  },
  (results) => {
    const failed = results.find(({ status }) => status !== 200);
    if (failed !== undefined)
      return finding(
        "unclear",
        `the HTTP integration responded with ${failed.status} to the header ${failed.sent}`,
      );
    const forged = results.filter(({ arrived }) => arrived.some(([, value]) => value.includes(FORGED)));
    const missing = results.filter(({ arrived }) => !arrived.some(([, value]) => value === TENANT));
    if (forged.length > 0)
      return finding(
        "open",
        `it arrives when sent as ${forged.map(({ sent }) => sent).join(", ")}`,
        "configure backends to drop such headers (nginx: underscores_in_headers off), or use a Lambda backend",
      );
    return missing.length === 0
      ? finding("as assumed", `no: only the authorizer's value arrives, for ${SPELLINGS.join(", ")}`)
      : finding("differs", "the mapped header does not arrive", "report it");
  },
);
