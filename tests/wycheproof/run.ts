import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Verifies Wycheproof's vectors, which are not part of this repository; the arguments are passed to vitest. */
const folder = process.env["WYCHEPROOF"];
if (folder === undefined || !existsSync(folder)) {
  process.stderr.write(
    "Set WYCHEPROOF to a folder with Wycheproof's vectors: testvectors_v1 of a checkout of https://github.com/C2SP/wycheproof\n",
  );
  process.exitCode = 1;
} else {
  const vitest = fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url));
  const args = ["run", "--config", "tests/wycheproof/vitest.config.ts", ...process.argv.slice(2)];
  const { status } = spawnSync(process.execPath, [vitest, ...args], { stdio: "inherit" });
  process.exitCode = status ?? 1;
}
