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

/** What reached the backend under a name that some server takes for `X-Tenant-Id`. */
interface Spoofed {
  readonly sent: string;
  readonly status: number;
  readonly arrived: readonly (readonly [name: string, value: string])[];
}

export const spoofedHeaders = probe<readonly Spoofed[]>(
  {
    id: "spoofed-headers",
    question: "Can a client's own X-Tenant-Id reach an HTTP backend?",
    assumed: "no: the mapped header replaces it",
  },
  async ({ send }) => {
    const answers: Spoofed[] = [];
    for (const sent of SPELLINGS) {
      const { status, headers } = await send({
        path: "/headers",
        statements: [allow("*")],
        headers: [[sent, FORGED]],
      });
      const arrived = Object.entries(headers)
        .filter(([name]) => name.toLowerCase().replaceAll("_", "-") === "x-tenant-id")
        .flatMap(([name, values]) => values.map((value) => [name, value] as const));
      answers.push({ sent, status, arrived });
    }
    return answers;
  },
  (answers) => {
    const failed = answers.find(({ status }) => status !== 200);
    if (failed !== undefined)
      return finding("unclear", `the HTTP integration answered ${failed.status} to ${failed.sent}`);
    const forged = answers.filter(({ arrived }) => arrived.some(([, value]) => value.includes(FORGED)));
    const missing = answers.filter(({ arrived }) => !arrived.some(([, value]) => value === TENANT));
    if (forged.length > 0)
      return finding(
        "open",
        `it arrives when sent as ${forged.map(({ sent }) => sent).join(", ")}`,
        "let backends drop such headers (nginx: underscores_in_headers off), or use a Lambda backend",
      );
    return missing.length === 0
      ? finding("as assumed", `no: the authorizer's value arrives alone, for ${SPELLINGS.join(", ")}`)
      : finding("differs", "the mapped header does not arrive", "report it");
  },
);
