import { deepStrictEqual as equal } from "node:assert";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { loadPolicyFolder } from "../../../cli/shared/policy-folder.ts";
import { startStack } from "../../../local/stack.ts";
import type { Report } from "../../terraform/moto/support/report.ts";
import { installExample } from "./backend.ts";

const CLIENT = "an-agent";

/** Lets the official client of the Model Context Protocol find the issuer of the sample, which runs as a stack. */
export async function tryMcpClient(folder: string, report: Report): Promise<void> {
  const installed = await installExample("mcp-client", folder);
  const { policies } = loadPolicyFolder("policies", "dev");
  if (policies === undefined) throw new Error("The sample's policy files have errors");
  for (const apiType of ["rest", "http-simple"] as const) {
    const stack = await startStack({ policies: [policies], cache: "auto", apiType, ttl: 60, port: 0 });
    try {
      const args = ["client.js", `${stack.origin}/documents`, CLIENT];
      const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: installed });
      await report.check(`mcp-client finds the issuer, ${apiType}`, () =>
        checkFound(stdout, stack.origin, apiType),
      );
    } finally {
      await stack.close();
    }
  }
}

function checkFound(output: string, origin: string, apiType: "rest" | "http-simple"): void {
  const [metadata, issuer, login = ""] = output.trim().split("\n");
  // The 401 of an HTTP API does not name the document, so the client looks at its path by itself.
  const named = `${origin}/.well-known/oauth-protected-resource`;
  equal(metadata, `metadata  ${apiType === "rest" ? named : "at its path, because the 401 names none"}`);
  equal(issuer, `issuer    ${origin}/_portcullis/issuers/main`);
  const page = new URL(login.replace("log in at ", ""));
  equal(`${page.origin}${page.pathname}`, `${origin}/_portcullis/issuers/main/authorize`);
  const { client_id, resource, scope, response_type } = Object.fromEntries(page.searchParams);
  equal(
    { client_id, resource, response_type },
    { client_id: CLIENT, resource: origin, response_type: "code" },
  );
  equal(scope, "docs:write");
}
