import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { compilePackage } from "../support/compiled-package.ts";
import { describeTarget } from "./suite.ts";
import { startCommand } from "./target-command.ts";

let folder = "";
beforeAll(() => {
  folder = compilePackage();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeTarget(
  "npx portcullis start of the package",
  startCommand(() => join(folder, "bin/portcullis.mjs")),
  { verifies: true },
);
