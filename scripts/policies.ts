import { suggestion } from "../core/files/near-miss.ts";
import { runCommand, UsageError } from "./lib/flags.ts";
import { check } from "./policies/check.ts";
import { diff } from "./policies/diff.ts";
import { explain } from "./policies/explain.ts";
import { matrix } from "./policies/matrix.ts";
import { policy } from "./policies/policy.ts";
import { test } from "./policies/test.ts";

/** One verb a file: takes its arguments, returns the exit status. */
const VERBS: Readonly<Record<string, (args: readonly string[]) => Promise<number> | number>> = {
  check,
  explain,
  policy,
  test,
};

const USAGE = `npm run policies -- <verb>

  check   tells everything that is wrong with a policy folder
  diff    tells what the files change as access
  matrix  tells what every role of every tenant may
  explain tells what a request gets, and every step that led to it
  test    makes the requests of policies/tests and compares
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
