import { logToStdout } from "../../runtime/telemetry/log.ts";
import { start } from "./start.ts";

/** Handles Cognito's pre-token-generation event of version 2 or 3. */
export const handler = start({ env: process.env, now: Date.now, log: logToStdout });
