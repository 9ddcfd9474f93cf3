import { runCommand } from "./command.ts";

const NEEDED: readonly (readonly [program: string, args: readonly string[], what: string])[] = [
  ["terraform", ["version"], "Terraform 1.11 or later"],
  [
    "python3",
    ["-c", "import moto.server"],
    'moto, which simulates AWS, for python3: pip install "moto[server]"',
  ],
];

/** Returns a message for each missing prerequisite of this test, with how to install it. */
export async function missingPrerequisites(): Promise<string[]> {
  const found = await Promise.all(
    NEEDED.map(async ([program, args, what]) =>
      (await starts(program, args)) ? [] : [`${program} does not start: install ${what}`],
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
