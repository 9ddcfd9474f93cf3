import { suggestion } from "../core/files/near-miss.ts";
import { runCommand, UsageError } from "./lib/flags.ts";
import { check } from "./policies/check.ts";
import { policy } from "./policies/policy.ts";

/** One verb a file: takes its arguments, returns the exit status. */
const VERBS: Readonly<Record<string, (args: readonly string[]) => Promise<number> | number>> = {
  check,
  policy,
};

const USAGE = `npm run policies -- <verb>

  check   tells everything that is wrong with a policy folder
  policy  prints what the authorizer returns to a caller, group by group`;

await runCommand(USAGE, () => {
  const [verb, ...args] = process.argv.slice(2);
  if (verb === undefined) throw new UsageError("name a verb");
  if (verb === "--help" || verb === "-h") {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const run = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
  if (run === undefined)
    throw new UsageError(`unknown verb "${verb}"${suggestion(verb, Object.keys(VERBS))}`);
  return run(args);
});
