import { suggestion } from "../core/policy-files/source/suggestion.ts";
import { runCommand, UsageError } from "./shared/flags.ts";
import { print } from "./shared/output.ts";
import { VERB_GROUPS, VERBS } from "./verbs.ts";

const groups = Object.entries(VERB_GROUPS).map(([group, verbs]) => {
  const lines = Object.entries(verbs).map(([name, { about }]) => `  ${name.padEnd(11)} ${about}`);
  return `${group}\n${lines.join("\n")}`;
});

const USAGE = `npx portcullis <verb> [--help]

${groups.join("\n\n")}`;

const [name, ...args] = process.argv.slice(2);
const verb = name !== undefined && Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
if (verb === undefined) await runCommand(USAGE, printUsage);
else {
  const { usage, run } = await verb.load();
  await runCommand(usage, () => run(args));
}

function printUsage(): number {
  if (name === undefined) throw new UsageError("name a verb");
  if (name !== "--help" && name !== "-h")
    throw new UsageError(`unknown verb "${name}"${suggestion(name, Object.keys(VERBS))}`);
  return print(USAGE);
}
