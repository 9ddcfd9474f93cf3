import { plural } from "../../../core/model/plural.ts";
import { withTable } from "../../publish/run-publish.ts";
import type { HistoryChange } from "../../restore/replay-narrowing.ts";
import { type RestoreResult, restoreTable } from "../../restore/run-restore.ts";
import { defineCommand } from "../../shared/command.ts";
import { type Flags, type FlagValues, UsageError } from "../../shared/flags.ts";
import { oneLine, print } from "../../shared/output.ts";
import { ATTEMPTS, withTableClient } from "../../table/client.ts";
import { required, timeFlag } from "../../table/run-time.ts";
import { TABLE_FLAG, tableFlag } from "../../table/table-flag.ts";

const FLAGS = {
  ...TABLE_FLAG,
  from: {
    type: "string",
    value: "COPY",
    about: "The copy of the table, which DynamoDB's point-in-time recovery made; required.",
    example: "portcullis-prod-restored",
  },
  since: {
    type: "string",
    value: "TIME",
    about: "The time of the copy; required.",
    example: "2026-11-30T18:00:00Z",
  },
  "dry-run": { type: "boolean", about: "Prints what it would do, and changes nothing." },
} as const satisfies Flags;

export const restore = defineCommand({
  name: "restore",
  forms: ["--table NAME --from COPY --since TIME"],
  about: `Restores tenants, memberships, revocations and kill switches of run time from a copy of the table. A copy of an earlier
time would reinstate what was suspended and revoked since, so the command makes these changes again, from the table's
own history. What gave access since is printed and not made again. While it runs, and until the policy files' items
are published or deployed again, every request gets a 500. After a failure, run the same command again.`,
  flags: FLAGS,
  examples: [
    "restore --table portcullis-prod --from portcullis-prod-restored --since 2026-11-30T18:00:00Z --dry-run",
  ],
  statuses: ["restored", "not, with the reason"],
  run,
});

async function run(values: FlagValues<typeof FLAGS>): Promise<number> {
  const table = tableFlag(values.table);
  const from = required("from", values.from);
  if (from === table) throw new UsageError("--from: the copy must be another table than --table");
  const since = timeFlag("since", required("since", values.since), "past") * 1_000;
  const dryRun = values["dry-run"];
  return withTable(table, () =>
    withTableClient(
      async (client) =>
        print(describe(await restoreTable(client, { table, from, since, dryRun }), table, dryRun)),
      ATTEMPTS,
    ),
  );
}

function describe(result: RestoreResult, table: string, dryRun: boolean): string[] {
  const { again, left, written, deleted, keeper } = result;
  const counts = `${plural(written, "item")} written, ${deleted} deleted`;
  const next =
    keeper === "publish" ? `npx portcullis publish --table ${table}` : "npx portcullis deploy ENVIRONMENT";
  return [
    ...section("Made again, because it took access since then:", again),
    ...section("Not made again: make it again if it is still wanted:", left),
    dryRun
      ? `${table} would have ${counts}; nothing was changed`
      : `${table} is restored: ${counts}. It denies every request until you run ${next}, which also makes the policy files' changes again`,
  ];
}

const section = (title: string, changes: readonly HistoryChange[]): string[] =>
  changes.length === 0
    ? []
    : [
        title,
        ...changes.map(({ tenant, issuer, when, what }) =>
          oneLine(`  ${when}  ${tenant ?? `issuer ${issuer ?? ""}`}  ${what}`),
        ),
      ];
