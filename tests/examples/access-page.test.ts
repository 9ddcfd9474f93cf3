import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { loadPolicyFolder } from "../../cli/shared/policy-folder.ts";
import type { AccessDocument } from "../../core/decision/access.ts";
import { startStack } from "../../local/stack.ts";

const folder = fileURLToPath(new URL("../../examples/access-page", import.meta.url));
interface Call {
  readonly method: string;
  readonly path: string;
  readonly values: Readonly<Record<string, string>>;
}
const { mayCall, readCall } = createRequire(import.meta.url)(`${folder}/may-call.js`) as {
  mayCall(access: AccessDocument, ...call: [method: string, path: string, values?: Call["values"]]): boolean;
  readCall(data: { readonly call?: string | undefined; readonly values?: string | undefined }): Call;
};

/** The buttons of the page, as the browser's `dataset` has them. */
const BUTTONS = [
  ...readFileSync(`${folder}/index.html`, "utf8").matchAll(/<button[^>]*data-call[^>]*>/g),
].map(([tag]) =>
  readCall({ call: /data-call="([^"]*)"/.exec(tag)?.[1], values: /data-values='([^']*)'/.exec(tag)?.[1] }),
);

test("the example's page shows the buttons whose requests are allowed, and no others", async () => {
  const { policies } = loadPolicyFolder(`${folder}/policies`, "dev");
  if (policies === undefined) throw new Error("The example has errors");
  const stack = await startStack({ policies: [policies], cache: "auto", ttl: 60, port: 0 });
  try {
    const shown: string[] = [];
    for (const roles of [[], ["buyer"], ["manager"]]) {
      const token = await stack.provider("main")?.mint({ tenants: ["acme"], roles, subject: "ann" });
      const headers = { Authorization: `Bearer ${token}` };
      const access = (await (await fetch(`${stack.origin}/access`, { headers })).json()) as AccessDocument;
      for (const { method, path, values } of BUTTONS) {
        const url = path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "7");
        const { status } = await fetch(`${stack.origin}${url}`, { method, headers });
        const isShown = mayCall(access, method, path, values);
        expect([roles, method, url, isShown]).toEqual([roles, method, url, status === 200]);
        if (isShown) shown.push(`${roles.join()} ${method} ${url}`);
      }
    }
    expect(shown).toEqual([
      "buyer GET /orders",
      "buyer PUT /users/ann/address",
      "manager GET /orders",
      "manager POST /orders",
      "manager DELETE /orders/7",
      "manager PUT /users/ann/address",
    ]);
  } finally {
    await stack.close();
  }
});

test("the example's page writes what it receives as text only", () => {
  const script = readFileSync(`${folder}/page.js`, "utf8");
  expect(script).not.toMatch(
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|localStorage|sessionStorage/,
  );
});
