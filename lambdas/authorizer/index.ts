import { join } from "node:path";
import { logToStdout } from "../../runtime/telemetry/log.ts";
import { start } from "./start.ts";

/** API Gateway's Lambda authorizer, type REQUEST. The bundle is CommonJS, and `layout.json` lies beside it. */
export const handler = start({
  env: process.env,
  layoutPath: join(__dirname, "layout.json"),
  now: Date.now,
  log: logToStdout,
});
