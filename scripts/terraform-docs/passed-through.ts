import { posix } from "node:path";
import type { Hcl, Variable } from "./hcl.ts";

/**
 * Finds variables that a module passes on to a variable of another module with a different type, default or
 * `nullable`, because such a default is written twice.
 */
export function driftedInputs(modules: ReadonlyMap<string, Hcl>): string[] {
  return [...modules].flatMap(([folder, module]) =>
    module.calls.flatMap((call) => checkCall(folder, module, call, modules)),
  );
}

function checkCall(
  folder: string,
  { variables }: Hcl,
  call: Hcl["calls"][number],
  modules: ReadonlyMap<string, Hcl>,
): string[] {
  const target = posix.join(folder, String(call["source"]));
  return Object.entries(call).flatMap(([input, value]) => {
    const name = /^\$\{var\.([a-z_]+)\}$/.exec(String(value))?.[1];
    const [ours, theirs] = [variables[name ?? ""], modules.get(target)?.variables[input]];
    if (name === undefined || ours === undefined || theirs === undefined || same(ours, theirs)) return [];
    return [
      `${posix.join(folder, "variables.tf")}: ${name} and ${input} of ${target} differ in type, default or nullable`,
    ];
  });
}

/** A variable may have a default although the module that gets it requires a value. */
const same = (ours: Variable, theirs: Variable): boolean =>
  contract(ours) === contract(theirs) || (theirs.default === undefined && ours.type === theirs.type);

const contract = ({ type = "", default: value = null, nullable = true }: Variable): string =>
  JSON.stringify([type.replace(/\s+/g, " "), value, nullable]);
