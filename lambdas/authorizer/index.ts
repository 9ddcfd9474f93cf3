import { join } from "node:path";
import { logToStdout } from "../../runtime/telemetry/log.ts";
import { start } from "./start.ts";

/** Handles requests to API Gateway's Lambda authorizer. The bundle is CommonJS, and `layout.json` is next to it. */
export const handler = start({
  env: process.env,
  layoutPath: join(__dirname, "layout.json"),
  now: Date.now,
  log: logToStdout,
});
