import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Runs the console's tests in Chromium; the arguments are passed to vitest. */
const chromium = findProgram("chromium");
if (chromium === undefined) {
  process.stderr.write(
    "Chromium is missing, and the console's tests need it. Install it: apt-get install -y chromium\n",
  );
  process.exitCode = 1;
} else {
  const vitest = fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url));
  const args = ["run", "--config", "tests/console/vitest.config.ts", ...process.argv.slice(2)];
  const { status } = spawnSync(process.execPath, [vitest, ...args], {
    stdio: "inherit",
    env: { ...process.env, CHROMIUM: chromium },
  });
  process.exitCode = status ?? 1;
}

function findProgram(name: string): string | undefined {
  const paths = (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, name));
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
