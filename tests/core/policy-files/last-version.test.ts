import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadPolicyFolder, readPolicyFiles } from "../../../cli/shared/policy-folder.ts";
import { supposedCaller } from "../../../core/decision/caller.ts";
import type { Item } from "../../../core/model/items.ts";
import { type CachingMode, type LayoutData, readLayout } from "../../../core/model/layout.ts";
import { runPolicyTests } from "../../../core/policy-files/simulate/run-policy-tests.ts";
import {
  type PolicySimulator,
  type Simulation,
  simulate,
} from "../../../core/policy-files/simulate/simulate.ts";
import { createSimulatorOn } from "../../../core/policy-files/simulate/simulator.ts";
import type { LayoutFile } from "../../../lambdas/authorizer/layout-file.ts";
import type { Manifest } from "../../../packaging/artefacts.ts";
import { startBundle } from "../../end-to-end/front-lambda.ts";
import { mint } from "../../end-to-end/tokens.ts";
import { buildOf } from "../../support/compiled.ts";

const folder = fileURLToPath(new URL("../../fixtures/v0.1", import.meta.url));
const read = <T>(path: string): T => JSON.parse(readFileSync(`${folder}/${path}`, "utf8")) as T;

type Decision = readonly [tenant: string, roles: string, scope: string, request: string, answer: string];

const decisions = read<readonly Decision[]>("decisions.json");
const items = read<readonly Item[]>("build/permissions/dev.json");
const { layouts } = read<LayoutFile>("build/layout.json");
const manifest = read<Manifest>("build/manifest.json");
const { policies, problems } = loadPolicyFolder(`${folder}/policies`, "dev");
if (policies === undefined) throw new Error(problems.map(({ message }) => message).join("\n"));

const layoutFor = (mode: CachingMode): LayoutData => {
  const layout = layouts[mode];
  if (layout === undefined) throw new Error(`Version 0.1 has no layout for ${mode}`);
  return layout;
};

const listIn = (text: string): string[] => (text === "" ? [] : text.split("+"));

function answers(simulator: PolicySimulator): Decision[] {
  return decisions.map(([tenant, roles, scope, request]) => {
    const [method = "", path = ""] = request.split(" ");
    const who = { tenant, roles: listIn(roles), subject: "ann", scopes: listIn(scope) };
    return [tenant, roles, scope, request, printed(simulate(simulator, supposedCaller(who), method, path))];
  });
}

const withoutReasons = (list: readonly Decision[]): string[] =>
  list.map((decision) => decision.join(" ").replace(/ refused .*$/, " refused"));

const printed = (trial: Simulation): string =>
  trial.outcome === "denied" ? `refused ${trial.reason ?? ""}` : trial.outcome;

describe("the build of version 0.1", () => {
  it("decides as it did, and gives the same reasons", () => {
    expect(answers(createSimulatorOn(policies, items, readLayout(layoutFor("token"))))).toEqual(decisions);
  });

  it.each(["route", "off"] as const)(
    "decides as it did with its layout for %s, whose reasons speak of one route alone",
    (mode) => {
      const found = answers(createSimulatorOn(policies, items, readLayout(layoutFor(mode))));
      expect(withoutReasons(found)).toEqual(withoutReasons(decisions));
    },
  );

  it("is read by today's bundle: the same caller gets the same answers", async () => {
    const compiled = { mode: "token", layouts } as const;
    const apiType = await startBundle(policies, { compiled, layout: layoutFor("token"), items });
    try {
      const wanted = decisions.filter(([tenant, roles]) => tenant === "acme" && roles === "editor");
      const token = await mint({ tenants: ["acme"], roles: ["editor"], subject: "ann" }, apiType.providers);
      for (const [, , , request, answer] of wanted) {
        const [method = "", path = ""] = request.split(" ");
        const { status } = await apiType.ask({ method, path, token });
        expect([request, status]).toEqual([request, answer.startsWith("denied") ? 403 : 200]);
      }
      expect(new Set(wanted.map(([, , , , answer]) => answer)).size).toBeGreaterThan(2);
    } finally {
      await apiType.close();
    }
  });
});

describe("the policy files of version 0.1", () => {
  it("are those that its manifest recorded", () => {
    const hashes = [...readPolicyFiles(`${folder}/policies`)].map(([path, text]) => [
      path,
      createHash("sha256").update(text).digest("hex"),
    ]);
    const recorded = Object.entries(manifest.sources).filter(([path]) => !path.startsWith("schema/"));
    expect(Object.fromEntries(hashes)).toEqual(Object.fromEntries(recorded));
  });

  it("are accepted, with their own tests met and the decisions unchanged", () => {
    const { compiled, layout, items: compiledNow } = buildOf(policies, "auto");
    const simulator = createSimulatorOn(policies, compiledNow, readLayout(layout));
    expect(compiled.mode).toBe(manifest.mode);
    expect(answers(simulator)).toEqual(decisions);
    const unmet = runPolicyTests(simulator, policies.policyTests).filter(({ met }) => !met);
    expect(unmet.filter(({ test: policyTest }) => policies.tenants.has(policyTest.as.tenant))).toEqual([]);
  });
});
