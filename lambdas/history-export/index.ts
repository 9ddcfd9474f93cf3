import { logToStdout } from "../../runtime/telemetry/log.ts";
import { start } from "./start.ts";

/** Handles batches of the permissions table's stream. */
export const handler = start({ env: process.env, log: logToStdout });
