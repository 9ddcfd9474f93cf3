import { suggestion } from "../core/policy-files/source/suggestion.ts";
import { runCommand, UsageError } from "./shared/flags.ts";

/** A verb takes its arguments and returns the exit status: 0 fine, 1 a finding, 2 wrong use. */
type Verb = (args: readonly string[]) => Promise<number> | number;

/** One verb a file, loaded when it is called. */
const VERBS: Readonly<Record<string, { readonly about: string; load(): Promise<Verb> }>> = {
  check: {
    about: "tells everything that is wrong with a policy folder",
    load: async () => (await import("./commands/policies/check.ts")).check,
  },
  test: {
    about: "makes the requests of policies/tests and compares",
    load: async () => (await import("./commands/policies/test.ts")).test,
  },
  explain: {
    about: "tells what a request gets, and every step that led to it",
    load: async () => (await import("./commands/policies/explain.ts")).explain,
  },
  diff: {
    about: "tells what the files change as access",
    load: async () => (await import("./commands/policies/diff.ts")).diff,
  },
  matrix: {
    about: "tells what every role of every tenant may",
    load: async () => (await import("./commands/policies/matrix.ts")).matrix,
  },
  publish: {
    about: "brings a table to the files' state",
    load: async () => (await import("./commands/deploy/publish.ts")).publish,
  },
  rollback: {
    about: "brings a table to an earlier state",
    load: async () => (await import("./commands/deploy/rollback.ts")).rollback,
  },
  tenant: {
    about: "keeps tenants that no file has: put, suspend, reinstate, remove, list",
    load: async () => (await import("./commands/run-time/tenant.ts")).tenant,
  },
  grant: {
    about: "gives a person or a client a role in a tenant",
    load: async () => (await import("./commands/run-time/grant.ts")).grant,
  },
  ungrant: {
    about: "takes such a role away",
    load: async () => (await import("./commands/run-time/ungrant.ts")).ungrant,
  },
  revoke: {
    about: "refuses a token, a person, or all tokens issued before a time",
    load: async () => (await import("./commands/run-time/revoke.ts")).revoke,
  },
  history: {
    about: "tells who changed what at run time, when and why",
    load: async () => (await import("./commands/deploy/history.ts")).history,
  },
  keys: {
    about: "stores the issuers' key sets, for when they cannot be reached",
    load: async () => (await import("./commands/deploy/keys.ts")).keys,
  },
  replay: {
    about: "tells what the files would have answered to a log",
    load: async () => (await import("./commands/policies/replay.ts")).replay,
  },
  shadow: {
    about: "tells what a candidate would change, and promotes it",
    load: async () => (await import("./commands/deploy/shadow.ts")).shadow,
  },
  init: {
    about: "makes a folder to start from, of an OpenAPI file",
    load: async () => (await import("./commands/policies/init.ts")).init,
  },
  schema: {
    about: "writes the JSON Schemas for editors",
    load: async () => (await import("./commands/policies/schema.ts")).schema,
  },
  doctor: {
    about: "looks at a deployed environment and tells what is wrong, and what mends it",
    load: async () => (await import("./commands/deploy/doctor.ts")).doctor,
  },
  policy: {
    about: "prints what the authorizer returns to a caller, group by group",
    load: async () => (await import("./commands/policies/policy.ts")).policy,
  },
};

const USAGE = `npm run policies -- <verb> [--help]

${Object.entries(VERBS)
  .map(([name, { about }]) => `  ${name.padEnd(9)} ${about}`)
  .join("\n")}`;

await runCommand(USAGE, async () => {
  const [name, ...args] = process.argv.slice(2);
  if (name === undefined) throw new UsageError("name a verb");
  if (name === "--help" || name === "-h") {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (verb === undefined)
    throw new UsageError(`unknown verb "${name}"${suggestion(name, Object.keys(VERBS))}`);
  return (await verb.load())(args);
});
