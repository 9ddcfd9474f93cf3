import { type TenantStore, tenantStore } from "../../runtime/table/tenant-store.ts";
import { withTable } from "../publish/run-publish.ts";
import { UsageError, wholeNumber } from "../shared/flags.ts";
import { awsCaller } from "./aws-caller.ts";
import { tableClient, tableFlag } from "./client.ts";
import { flushFlag, flushStage } from "./flush.ts";

/** The flags of what reads and writes people and tenants at run time. */
export const RUN_TIME_FLAGS = {
  table: { type: "string" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

export const CHANGE_FLAGS = {
  ...RUN_TIME_FLAGS,
  reason: { type: "string" },
  flush: { type: "string" },
  staleness: { type: "string" },
} as const;

/** The flags that name a person or a client of a tenant. */
export const PERSON_FLAGS = {
  ...CHANGE_FLAGS,
  tenant: { type: "string" },
  subject: { type: "string" },
  client: { type: "string" },
  issuer: { type: "string" },
  role: { type: "string" },
} as const;

/** For how long API Gateway and the Lambda remember, in seconds, unless Terraform says otherwise. */
const GATEWAY_SECONDS = 60;
const LAMBDA_SECONDS = 30;

interface Values {
  readonly table?: string | undefined;
  readonly json: boolean;
}

/** What a reading verb found: lines for a terminal, or the same for programs. */
export interface Found {
  readonly lines: readonly string[];
  readonly data: unknown;
}

export async function readAtRunTime(
  values: Values,
  read: (store: TenantStore) => Promise<Found>,
): Promise<number> {
  const table = tableFlag(values.table);
  return withTable(table, async () => {
    const client = tableClient(process.env, 5);
    try {
      const { lines, data } = await read(tenantStore({ client, table, who: "" }));
      process.stdout.write(values.json ? `${JSON.stringify(data, null, 2)}\n` : asText(lines));
      return 0;
    } finally {
      client.destroy();
    }
  });
}

const asText = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");

interface Change extends Values {
  readonly flush?: string | undefined;
  /** Terraform's output `staleness_seconds`. */
  readonly staleness?: string | undefined;
}

/** Does one change, tells it, and within how many seconds nobody sees the state before. */
export async function changeAtRunTime(
  values: Change,
  what: string,
  change: (store: TenantStore) => Promise<"done" | "unchanged">,
): Promise<number> {
  const table = tableFlag(values.table);
  const stage = flushFlag(values.flush);
  const { staleness } = values;
  const told = staleness === undefined ? undefined : wholeNumber("staleness", staleness, 0, 86_400);
  return withTable(table, async () => {
    const client = tableClient(process.env, 5);
    try {
      const outcome = await change(tenantStore({ client, table, who: await awsCaller() }));
      const failure = stage && (await flushStage(stage));
      const isFlushed = stage !== undefined && failure === undefined;
      const seconds = told ?? LAMBDA_SECONDS + (isFlushed ? 0 : GATEWAY_SECONDS);
      process.stdout.write(
        values.json
          ? `${JSON.stringify({ table, what, outcome, worstCaseSeconds: seconds, flushed: isFlushed })}\n`
          : `${what}: ${outcome === "done" ? "done" : "it was so already"}; in effect after at most ${seconds} s${effect(told !== undefined, isFlushed)}\n`,
      );
      if (failure !== undefined) process.stderr.write(`${failure}\n`);
      return failure === undefined ? 0 : 1;
    } finally {
      client.destroy();
    }
  });
}

function effect(isTold: boolean, isFlushed: boolean): string {
  if (isFlushed)
    return `${isTold ? "" : " with the default settings"}: API Gateway's cache is empty, Lambdas remember that long`;
  const flush = "--flush API_ID/STAGE ends API Gateway's part now";
  return isTold
    ? ` (${flush})`
    : ` with the default settings (API Gateway ${GATEWAY_SECONDS} s + Lambda ${LAMBDA_SECONDS} s; for others --staleness SECONDS, Terraform's output staleness_seconds; ${flush})`;
}

export function required(flag: string, value: string | undefined): string {
  if (value === undefined || value === "") throw new UsageError(`--${flag} is missing`);
  return value;
}

/** Exactly one of several flags. */
export function exactlyOne(flags: Readonly<Record<string, string | undefined>>): void {
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  if (given.length !== 1)
    throw new UsageError(
      `name one of ${Object.keys(flags)
        .map((flag) => `--${flag}`)
        .join(", ")}`,
    );
}

export function person({
  subject,
  client,
  issuer,
}: {
  subject?: string | undefined;
  client?: string | undefined;
  issuer?: string | undefined;
}) {
  exactlyOne({ subject, client });
  return client === undefined
    ? { to: { subject: subject ?? "", issuer }, name: subject ?? "" }
    : { to: { client, issuer }, name: `client ${client}` };
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/**
 * A time in seconds since 1970, from `now`, an ISO date, or a duration such as `2h`.
 *
 * @param towards whether a duration leads into the future or back
 */
export function timeFlag(flag: string, text: string, towards: "future" | "past", now = Date.now()): number {
  const span = /^(\d{1,6})([smhd])$/.exec(text);
  const present = Math.ceil(now / 1_000);
  if (text === "now") return present;
  if (span !== null) {
    const seconds = Number(span[1]) * (UNITS[span[2] ?? ""] ?? 0);
    return towards === "future" ? present + seconds : present - seconds;
  }
  const date = /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(date))
    throw new UsageError(
      `--${flag}: expected a duration such as 2h or 30d, or a date such as 2026-12-31T18:00:00Z, found "${text}"`,
    );
  return Math.ceil(date / 1_000);
}

export const isoTime = (seconds: number): string => new Date(seconds * 1_000).toISOString();
