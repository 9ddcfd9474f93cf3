import { Ajv } from "ajv";
import * as z from "zod";
import { decisionLineSchema } from "../../core/policy-files/replay/log-schemas.ts";

/** The published schema allows members that a later version adds; this one allows nothing that it does not declare. */
const isDeclared = new Ajv({ allErrors: true }).compile(
  z.toJSONSchema(decisionLineSchema, { io: "output", target: "draft-7" }),
);

/**
 * @param claims the keys of forwarded claims, which the schema allows as strings
 * @throws if a decision line has a member that its schema does not declare, or lacks one that it requires
 */
export function checkDecisionLine(line: string, claims: readonly string[] = []): void {
  const members = Object.entries(JSON.parse(line) as Readonly<Record<string, unknown>>);
  const own = members.filter(([name, value]) => !claims.includes(name) || typeof value !== "string");
  if (isDeclared(Object.fromEntries(own))) return;
  const why = (isDeclared.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
  throw new Error(`The schema does not have this line: ${line}\n${[...new Set(why)].join("\n")}`);
}
