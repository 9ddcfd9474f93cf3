import { logToStdout } from "../../runtime/telemetry/log.ts";
import { start } from "./start.ts";

/** Cognito's pre-token-generation trigger, version 2 of the event or later. */
export const handler = start({ env: process.env, now: Date.now, log: logToStdout });
