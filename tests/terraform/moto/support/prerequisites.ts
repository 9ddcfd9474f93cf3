import { runCommand } from "./command.ts";

const NEEDED: readonly (readonly [program: string, args: readonly string[], what: string])[] = [
  ["terraform", ["version"], "Terraform 1.11 or later"],
  ["moto_server", ["--help"], 'moto\'s server, a stand-in for AWS: pip install "moto[server]"'],
];

/** What this test needs and the machine has not, each with where to get it. */
export async function missingPrerequisites(): Promise<string[]> {
  const found = await Promise.all(
    NEEDED.map(async ([program, args, what]) =>
      (await starts(program, args)) ? [] : [`${program} is missing: install ${what}`],
    ),
  );
  return found.flat();
}

async function starts(program: string, args: readonly string[]): Promise<boolean> {
  try {
    return (await runCommand(program, args, { cwd: ".", env: process.env, timeout: 60 })).status === 0;
  } catch {
    return false;
  }
}
