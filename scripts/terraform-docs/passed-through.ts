import { posix } from "node:path";
import type { Hcl, Variable } from "./hcl.ts";

/**
 * Where a variable of a module and that of the module which it is handed on to are not the same: type, default, or
 * whether null is one. A default that is written twice must not drift.
 */
export function driftedInputs(modules: ReadonlyMap<string, Hcl>): string[] {
  return [...modules].flatMap(([folder, module]) =>
    module.calls.flatMap((call) => driftedCall(folder, module, call, modules)),
  );
}

function driftedCall(
  folder: string,
  { variables }: Hcl,
  call: Hcl["calls"][number],
  modules: ReadonlyMap<string, Hcl>,
): string[] {
  const called = posix.join(folder, String(call["source"]));
  return Object.entries(call).flatMap(([input, value]) => {
    const name = /^\$\{var\.([a-z_]+)\}$/.exec(String(value))?.[1];
    const [ours, theirs] = [variables[name ?? ""], modules.get(called)?.variables[input]];
    if (name === undefined || ours === undefined || theirs === undefined || same(ours, theirs)) return [];
    return [
      `${posix.join(folder, "variables.tf")}: ${name} and ${input} of ${called} differ in type, default or nullable`,
    ];
  });
}

/** An input that the module requires may have a default where it is handed on. */
const same = (ours: Variable, theirs: Variable): boolean =>
  contractOf(ours) === contractOf(theirs) || (theirs.default === undefined && ours.type === theirs.type);

const contractOf = ({ type = "", default: value = null, nullable = true }: Variable): string =>
  JSON.stringify([type.replace(/\s+/g, " "), value, nullable]);
