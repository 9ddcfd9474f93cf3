import { asNpx } from "./shared/command-name.ts";

/** The commands that are a script each; every other name is a verb of `policies`. */
const COMMANDS: Readonly<Record<string, { readonly about: string; load(): Promise<unknown> }>> = {
  start: { about: "runs the whole product on this machine", load: () => import("./commands/try/start.ts") },
  token: {
    about: "prints a token from the running stack's identity provider",
    load: () => import("./commands/try/token.ts"),
  },
  build: {
    about: "compiles the policy files and bundles the Lambdas into build/",
    load: () => import("./commands/policies/build.ts"),
  },
  console: {
    about: "writes the page that shows who may do what as files for a static host",
    load: () => import("./commands/try/console.ts"),
  },
  deploy: {
    about: "tests, builds, plans, asks, applies, and asks what was deployed",
    load: () => import("./commands/deploy/deploy.ts"),
  },
  "verify-aws": {
    about: "establishes on AWS what its documentation leaves open",
    load: () => import("./commands/deploy/verify-aws.ts"),
  },
};

tellAsNpx(process.stdout);
tellAsNpx(process.stderr);
const [name = "--help", ...args] = process.argv.slice(2);
const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
if (command === undefined) await policyVerb(name);
else {
  process.argv.splice(2, Number.POSITIVE_INFINITY, ...args);
  await command.load();
}

async function policyVerb(verb: string): Promise<void> {
  if (process.argv.length < 3) process.argv.push(verb);
  await import("./policies.ts");
  if (verb === "--help" || verb === "-h") process.stdout.write(`${others()}\n`);
}

function others(): string {
  const lines = Object.entries(COMMANDS).map(([key, { about }]) => `  ${key.padEnd(9)} ${about}`);
  return lines.join("\n");
}

/** Usage and next steps name the repository's scripts; here they are told as they are typed here. */
function tellAsNpx(stream: NodeJS.WriteStream): void {
  const write = stream.write.bind(stream) as (chunk: unknown, ...rest: unknown[]) => boolean;
  stream.write = ((chunk: unknown, ...rest: unknown[]) =>
    write(typeof chunk === "string" ? asNpx(chunk) : chunk, ...rest)) as typeof stream.write;
}
