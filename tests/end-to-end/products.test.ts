import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { policiesOf } from "../support/policy-files.ts";
import { PRODUCTS, type Product, productFolder, SELECTING_PRODUCTS } from "./products.ts";
import type { Target } from "./target.ts";
import { startGateway, startWithRealIssuers } from "./target-gateway.ts";
import { startLambda } from "./target-lambda.ts";

const TARGETS = [
  ["the bundle", startLambda],
  ["the local stack", startGateway],
  ["the local stack with real identity providers", startWithRealIssuers],
] as const;

const FOLDERS: readonly [products: readonly Product[], rootKeys: string][] = [
  [PRODUCTS, ""],
  [SELECTING_PRODUCTS, "  tenant: { header: X-Tenant }\n"],
];

describe.each(TARGETS)("%s reads", (_, start) => {
  describe.each(FOLDERS)("a token of", (products, rootKeys) => {
    let target: Target | undefined;
    beforeAll(async () => {
      target = await start(policiesOf(productFolder(products, rootKeys)), "route");
    });
    afterAll(() => target?.close());

    it.each(products.map((product, index) => [product.title, product, `p${index}`] as const))(
      "%s",
      async (__, { payload, directoryOf, selected, want }, issuer) => {
        const token = await target?.providers(issuer).mint({
          claims: payload,
          ...(directoryOf !== undefined && { tenants: [directoryOf] }),
        });
        const headers = selected === undefined ? {} : { "X-Tenant": selected };
        const outcome = await target?.send({ method: "GET", path: "/documents", token, headers });
        if ("code" in want) {
          expect(outcome).toMatchObject({ status: want.status });
          const lines = () => target?.logs().filter((line) => line.includes(`"issuer":"${issuer}"`)) ?? [];
          await vi.waitFor(() => expect(lines().at(-1)).toContain(`"code":"${want.code}"`));
        } else if ("tenantId" in want) expect(outcome).toMatchObject({ status: 200, caller: want });
        else expect(outcome).toMatchObject(want);
      },
    );
  });
});
