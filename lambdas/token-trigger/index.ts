import { logToStdout } from "../../runtime/telemetry/log.ts";
import { start } from "./start.ts";

/** Handles Cognito's pre-token-generation event, version 2 or later. */
export const handler = start({ env: process.env, now: Date.now, log: logToStdout });
