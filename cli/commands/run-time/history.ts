import { defineCommand } from "../../shared/command.ts";
import { type FlagValues, UsageError } from "../../shared/flags.ts";
import { oneLine } from "../../shared/output.ts";
import { RUN_TIME_FLAGS, readAtRunTime } from "../../table/run-time.ts";

const FLAGS = {
  tenant: { type: "string", value: "T", about: "Only the changes of this tenant.", example: "acme" },
  issuer: { type: "string", value: "NAME", about: "Only the changes of this issuer.", example: "main" },
  ...RUN_TIME_FLAGS,
} as const;

export const history = defineCommand({
  name: "history",
  about: `Prints every change made at run time, from the oldest to the newest: when, who (the AWS caller), what, why and the
outcome. The outcome "begun" means that it is not known whether the change was completed. Without --tenant and
--issuer the whole table is read.`,
  flags: FLAGS,
  examples: ["history --tenant acme --table portcullis-dev"],
  statuses: ["done", "the table cannot be read"],
  run,
});

async function run(values: FlagValues<typeof FLAGS>): Promise<number> {
  const { tenant, issuer } = values;
  if (tenant !== undefined && issuer !== undefined)
    throw new UsageError("name --tenant or --issuer, not both");
  return readAtRunTime(values, async (store) => {
    const data = await store.history(issuer === undefined ? tenant : { issuer });
    // A removed tenant has a history.
    if (tenant !== undefined && data.length === 0) await store.requireTenant(tenant);
    const lines = data.map(({ when, who, tenant: of, issuer: named, what, why, outcome }) =>
      oneLine(
        `${when}  ${of ?? `issuer ${named ?? ""}`}  ${what}  by ${who}${why === "" ? "" : ` (${why})`}: ${outcome}`,
      ),
    );
    return { lines: lines.length === 0 ? ["Nothing was changed at run time"] : lines, data };
  });
}
