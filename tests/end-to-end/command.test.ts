import { fileURLToPath } from "node:url";
import { describeTarget } from "./suite.ts";
import { startCommand } from "./target-command.ts";

const PROGRAM = fileURLToPath(new URL("../../bin/portcullis.mjs", import.meta.url));

// The sources run in every caching mode in gateway.test.ts, in one process.
describeTarget(
  "npx portcullis start in a checkout",
  startCommand(() => PROGRAM),
  { verifies: true, modes: ["token"] },
);
