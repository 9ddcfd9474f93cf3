import { plural } from "../../../core/model/plural.ts";
import { readExport } from "../../bulk/read-export.ts";
import { writeNewFile } from "../../bulk/write-new-file.ts";
import { defineCommand } from "../../shared/command.ts";
import { type FlagValues, UsageError } from "../../shared/flags.ts";
import { print } from "../../shared/output.ts";
import { readWithStore } from "../../table/run-time.ts";
import { TABLE_FLAG } from "../../table/table-flag.ts";

const FLAGS = {
  tenant: {
    type: "string",
    multiple: true,
    default: [] as string[],
    value: "T",
    otherwise: "all tenants",
    about: "A tenant's id.",
    example: "acme",
  },
  ...TABLE_FLAG,
} as const;

export const exportVerb = defineCommand({
  name: "export",
  forms: ["[FILE]"],
  about: `Writes the run-time tenants, memberships and revocations as lines for import: into a new file that only its owner
can read, or without FILE to standard output. What has ended is left out, and so are the tenants of the policy files,
but not their memberships. Without --tenant the whole table is read.`,
  flags: FLAGS,
  examples: ["export tenants.ndjson --table portcullis-dev", "export --tenant acme --table portcullis-dev"],
  statuses: ["done", "the table cannot be read, or a tenant is unknown"],
  positionals: true,
  run,
});

async function run(values: FlagValues<typeof FLAGS>, positionals: readonly string[]): Promise<number> {
  const [file, ...others] = positionals;
  if (others.length > 0) throw new UsageError("export: expected at most one file");
  return readWithStore(values.table, async (store) => {
    const lines = await readExport(store, values.tenant);
    if (file === undefined) return lines.length === 0 ? 0 : print(lines);
    await writeNewFile(file, lines);
    return print(`${file}: ${plural(lines.length, "line")}`);
  });
}
