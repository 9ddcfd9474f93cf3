import { readFileSync } from "node:fs";
import * as z from "zod";
import { UsageError } from "../shared/flags.ts";

const planSchema = z.object({
  resource_changes: z
    .array(z.object({ address: z.string(), change: z.object({ actions: z.array(z.string()) }) }))
    .default([]),
});

/**
 * Reads a plan, as `terraform show -json` writes it. Returns the address and the actions of each change, such as
 * `update module.api.aws_lambda_alias.this`, and no value.
 *
 * @throws UsageError if the file is not a plan
 */
export function readPlanChanges(file: string): string[] {
  const plan = planSchema.safeParse(parseJson(readFileSync(file, "utf8")));
  if (!plan.success)
    throw new UsageError(`--plan: ${file} is not a plan: write it with terraform show -json PLAN > ${file}`);
  return plan.data.resource_changes
    .map(({ address, change }) => ({
      address,
      actions: change.actions.filter((action) => action !== "no-op" && action !== "read"),
    }))
    .filter(({ actions }) => actions.length > 0)
    .map(({ address, actions }) => `${actions.join(" and ")} ${address}`)
    .sort();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
