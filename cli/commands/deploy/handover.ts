import { runHere } from "../../deploy/run-command.ts";
import { HandoverError, handOver } from "../../handover/hand-over.ts";
import { KEEPERS } from "../../publish/keeper.ts";
import { withTable } from "../../publish/run-publish.ts";
import { defineCommand } from "../../shared/command.ts";
import { type FlagValues, UsageError } from "../../shared/flags.ts";
import { print, printError } from "../../shared/output.ts";
import { withTableClient } from "../../table/client.ts";
import { TABLE_FLAG, tableFlag } from "../../table/table-flag.ts";

const FLAGS = TABLE_FLAG;

export const handover = defineCommand({
  name: "handover",
  forms: ["publish|terraform"],
  about: `Changes who keeps the items of a table that the policy files own: publish or Terraform. The other one stops from then
on. No item changes, so no request is denied. Run it in the folder in which Terraform is initialised for the table's
environment. It changes Terraform's state: let no apply run at the same time. Afterwards set Terraform's input
permissions = { keeper = "publish" } or { keeper = "terraform" }. After a failure, run the same command again.`,
  flags: FLAGS,
  examples: ["handover publish --table portcullis-dev", "handover terraform --table portcullis-dev"],
  statuses: ["handed over", "not, with the reason"],
  positionals: true,
  run,
});

async function run(values: FlagValues<typeof FLAGS>, positionals: readonly string[]): Promise<number> {
  const keeper = KEEPERS.find((name) => name === positionals[0]);
  if (keeper === undefined || positionals.length > 1)
    throw new UsageError(`name the new keeper, ${KEEPERS.join(" or ")}`);
  const table = tableFlag(values.table);
  return withTable(table, async () => {
    try {
      await withTableClient((client) => handOver(keeper, { client, table, run: runHere }));
    } catch (error) {
      if (error instanceof HandoverError) return printError(error.message);
      throw error;
    }
    return print(
      `${keeper === "publish" ? "publish" : "Terraform"} keeps the items of ${table}. Now set permissions = { keeper = "${keeper}" } in the environment's .tfvars; the next plan then shows what the policy files change`,
    );
  });
}
