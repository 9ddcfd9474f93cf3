import { type Caller, supposedCaller } from "../../../core/decision/caller.ts";
import { readLayout } from "../../../core/model/layout.ts";
import {
  DEFAULT_LAYOUT_OPTIONS,
  singleGroupLayout,
} from "../../../core/policy-files/compile/build-layout.ts";
import { permissionItems } from "../../../core/policy-files/compile/permission-items.ts";
import { loadPolicies } from "../../../core/policy-files/model/policy-set.ts";
import { simulate } from "../../../core/policy-files/simulate/simulate.ts";
import { createSimulatorOn } from "../../../core/policy-files/simulate/simulator.ts";
import { type Decide, MOST_LISTED, type Question } from "./question.ts";

/**
 * Returns the product's decisions by a policy folder: it is read, compiled to items, and each request is simulated with
 * the authorizer's code. A mutation of the product is this module, bundled with one source file changed.
 *
 * @throws Error if the folder has an error
 */
export function createDecide(files: ReadonlyMap<string, string>): Decide {
  const { policies, problems } = loadPolicies(files, "dev");
  if (policies === undefined) throw new Error(`The folder has errors: ${JSON.stringify(problems, null, 1)}`);
  const proven = singleGroupLayout([policies], "route", DEFAULT_LAYOUT_OPTIONS, "rest");
  if ("needed" in proven) throw new Error(`The folder has no layout: ${JSON.stringify(proven)}`);
  const simulator = createSimulatorOn(policies, permissionItems(policies), readLayout(proven.layout));
  return (question) =>
    simulate(simulator, callerOf(question), question.method, question.path).outcome === "allowed";
}

function callerOf({ claims, client, directory, ...who }: Question): Caller {
  const lists = Object.entries(claims).filter(
    (entry): entry is [string, readonly string[]] => typeof entry[1] !== "string",
  );
  const texts = Object.entries(claims).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return {
    ...supposedCaller({ ...who, clientId: client, claims: Object.fromEntries(texts) }),
    listClaims: new Map(lists.map(([key, values]) => [key, values.length > MOST_LISTED ? null : values])),
    ...(directory !== undefined && { directory }),
  };
}
