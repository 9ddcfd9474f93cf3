import type { Hcl, Variable } from "./hcl.ts";

/**
 * Where a variable of the root and the module's that it is handed on to are not the same: type, default, or
 * whether null is one. A default that is written twice must not drift.
 */
export function driftedInputs(modules: ReadonlyMap<string, Hcl>): string[] {
  const root = modules.get(".");
  return (root?.calls ?? []).flatMap((call) => {
    const folder = String(call["source"]).replace(/^\.\//, "");
    return Object.entries(call).flatMap(([input, value]) => {
      const name = /^\$\{var\.([a-z_]+)\}$/.exec(String(value))?.[1];
      const [ours, theirs] = [root?.variables[name ?? ""], modules.get(folder)?.variables[input]];
      if (name === undefined || ours === undefined || theirs === undefined || same(ours, theirs)) return [];
      return [`variables.tf: ${name} and ${input} of ${folder} differ in type, default or nullable`];
    });
  });
}

/** An input that the module requires may have a default at the root. */
const same = (ours: Variable, theirs: Variable): boolean =>
  contractOf(ours) === contractOf(theirs) || (theirs.default === undefined && ours.type === theirs.type);

const contractOf = ({ type = "", default: value = null, nullable = true }: Variable): string =>
  JSON.stringify([type.replace(/\s+/g, " "), value, nullable]);
