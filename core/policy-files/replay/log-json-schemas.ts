import type * as z from "zod";
import { titledSchema } from "../model/json-schemas.ts";
import { decisionLineSchema, httpAccessLineSchema, restAccessLineSchema } from "./log-schemas.ts";

/**
 * The version of the log lines, which is in the names and ids of their schemas. A new member or a new value of `reason`
 * or `code` does not change it, because the schemas allow both.
 */
const LOG_VERSION = 1;

const LINES: Readonly<Record<string, readonly [schema: z.ZodType, title: string]>> = {
  "log-decision": [decisionLineSchema, "A decision: a line of the authorizer's log with message decision"],
  "log-access-rest": [restAccessLineSchema, "A line of a REST API's access log"],
  "log-access-http": [httpAccessLineSchema, "A line of an HTTP API's access log"],
};

/** Returns the JSON Schemas of log lines by name, such as `log-decision.v1`. */
export const logJsonSchemas = (): Record<string, object> =>
  Object.fromEntries(
    Object.entries(LINES).map(([line, [schema, title]]) => {
      const name = `${line}.v${LOG_VERSION}`;
      return [name, titledSchema(name, schema, title)];
    }),
  );
