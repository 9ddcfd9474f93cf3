import { type Flags, UsageError } from "../shared/flags.ts";

/** The flag that names the permissions table. */
export const TABLE_FLAG = {
  table: {
    type: "string",
    value: "NAME",
    otherwise: "TABLE from the environment",
    about: "The permissions table. Region, endpoint and credentials come from AWS's usual environment.",
    example: "portcullis-dev",
  },
} as const satisfies Flags;

/** Reads the table's name from its flag, else from the environment variable `TABLE`. @throws UsageError */
export function tableFlag(flag: string | undefined): string {
  const name = flag ?? process.env["TABLE"];
  if (name === undefined || name === "")
    throw new UsageError("--table is missing: name the permissions table (or set TABLE)");
  if (!/^[A-Za-z0-9_.-]{3,255}$/.test(name))
    throw new UsageError(`--table: expected the name of a DynamoDB table, found "${name}"`);
  return name;
}
