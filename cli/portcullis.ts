import { suggestion } from "../core/policy-files/source/suggestion.ts";
import { runCommand, UsageError } from "./shared/flags.ts";
import { print, printError } from "./shared/output.ts";
import { overviewText } from "./shared/overview.ts";
import { VERBS } from "./verbs.ts";
import { version } from "./version.ts";

const HINT = `Usage: npx portcullis <verb> [flags]
Help:  npx portcullis --help`;

// A reader such as `head` that has enough closes the pipe. That is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? undefined : printError(`Standard output: ${error.message}`));
});
// The exit status still says how it went.
process.stderr.on("error", () => undefined);

const [name = "", ...args] = process.argv.slice(2);
const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
if (verb === undefined) await runCommand(HINT, runWithoutVerb);
else {
  const { usage, run } = await verb.load();
  await runCommand(usage, () => run(args));
}

function runWithoutVerb(): number {
  if (name === "--help" || name === "-h") return print(overviewText());
  if (name === "--version" && args.length === 0) return print(version());
  if (name === "--version") throw new UsageError(`unexpected argument "${args[0]}": --version stands alone`);
  if (name === "") throw new UsageError("name a verb, such as npx portcullis start");
  throw new UsageError(
    `unknown ${name.startsWith("-") ? "flag" : "verb"} "${name}"${suggestion(name, [...Object.keys(VERBS), "--help", "--version"])}`,
  );
}
