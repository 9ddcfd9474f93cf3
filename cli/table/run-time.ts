import { LOCAL_STAGE, type LocalStaleness, STALENESS_PATH } from "../../local/staleness.ts";
import type { StoreOptions } from "../../runtime/table/store.ts";
import { withTable } from "../publish/run-publish.ts";
import { type Flags, FORMAT, UsageError, wholeNumber } from "../shared/flags.ts";
import { oneLine, print, printError, printJson } from "../shared/output.ts";
import { awsCaller } from "./aws-caller.ts";
import { ATTEMPTS, localStackClient, withTableClient } from "./client.ts";
import { FLUSH_FLAG, flushFlag, flushStage } from "./flush.ts";
import { TABLE_FLAG, tableFlag } from "./table-flag.ts";
import { type VerbStore, verbStore } from "./verb-store.ts";

/** The flags of the verbs for run-time tenants, memberships and revocations. */
export const RUN_TIME_FLAGS = { ...TABLE_FLAG, ...FORMAT } as const satisfies Flags;

/** The flags of the verbs that change something at run time. */
export const CHANGE_FLAGS = {
  ...RUN_TIME_FLAGS,
  reason: {
    type: "string",
    value: "TEXT",
    about: "The reason, for npx portcullis history.",
    example: '"ticket 4711"',
  },
  ...FLUSH_FLAG,
  staleness: {
    type: "string",
    value: "SECONDS",
    otherwise: "the seconds of the default settings",
    about: "Terraform's output staleness_seconds, for the printed time until the change is in effect.",
    example: "60",
  },
} as const satisfies Flags;

/** The flags that name the membership of a user or a client. */
export const MEMBERSHIP_FLAGS = {
  ...CHANGE_FLAGS,
  tenant: { type: "string", value: "T", about: "The tenant's id; required.", example: "acme" },
  subject: { type: "string", value: "S", about: "The user, by the token's subject.", example: "ann" },
  client: { type: "string", value: "C", about: "The OAuth client, by its id.", example: "invoice-job" },
  issuer: {
    type: "string",
    value: "NAME",
    otherwise: "the only one that has memberships",
    about: "The issuer of the user's or the client's tokens.",
    example: "main",
  },
  role: { type: "string", value: "R", about: "The role.", example: "editor" },
} as const satisfies Flags;

/** Terraform's default cache TTLs of API Gateway and of the Lambda, in seconds. */
const DEFAULT_STALENESS: LocalStaleness = { gatewaySeconds: 60, lambdaSeconds: 30 };

interface Values {
  readonly table?: string | undefined;
  readonly format: "text" | "json";
}

/** The result of a verb that reads: lines for the terminal, and the same as data for `--format json`. */
export interface ReadResult {
  readonly lines: readonly string[];
  readonly data: unknown;
}

/** Runs a verb that reads from the table. */
export async function readAtRunTime(
  values: Values,
  read: (store: VerbStore) => Promise<ReadResult>,
): Promise<number> {
  return readWithStore(values.table, async (store) => {
    const { lines, data } = await read(verbStore(store));
    return values.format === "json" ? printJson(data) : print(lines);
  });
}

/** Runs work that reads the table of `--table`, and returns its exit status. */
export async function readWithStore(
  flag: string | undefined,
  read: (store: StoreOptions) => Promise<number>,
): Promise<number> {
  const table = tableFlag(flag);
  return withTable(table, () => withTableClient((client) => read({ client, table, who: "" }), ATTEMPTS));
}

interface Change extends Values {
  readonly flush?: string | undefined;
  /** Terraform's output `staleness_seconds`. */
  readonly staleness?: string | undefined;
}

/**
 * Runs a verb that makes one change. Prints what was changed, and after how many seconds no cache has the previous
 * state.
 *
 * @param what describes the change for the terminal
 * @param epilogue returns what is printed instead of when the change is in effect
 */
export async function changeAtRunTime(
  values: Change,
  what: string,
  change: (store: VerbStore) => Promise<"done" | "unchanged">,
  epilogue?: () => string,
): Promise<number> {
  return reportChange(values, async (options) => {
    const outcome = await change(verbStore(options));
    return { what, outcome, epilogue: epilogue?.() };
  });
}

/** What a verb changed. */
export interface ChangeReport {
  readonly what: string;
  readonly outcome: "done" | "unchanged";
  /** What follows, in place of the time until the change is in effect. */
  readonly epilogue?: string | undefined;
  /** More for `--format json`. */
  readonly data?: object;
}

/**
 * Runs a verb that makes changes, like {@link changeAtRunTime}, and which says afterwards what it changed.
 *
 * @param change returns a report, or an exit status if it has printed what happened
 */
export async function reportChange(
  values: Change,
  change: (options: StoreOptions) => Promise<ChangeReport | number>,
): Promise<number> {
  const table = tableFlag(values.table);
  const stage = flushFlag(values.flush);
  const { staleness } = values;
  const given = staleness === undefined ? undefined : wholeNumber("staleness", staleness, 0, 86_400);
  return withTable(table, () =>
    withTableClient(async (client) => {
      const report = await change({ client, table, who: await awsCaller() });
      if (typeof report === "number") return report;
      const { what, outcome, epilogue, data } = report;
      const failure = stage && (await flushStage(stage));
      const isFlushed = stage !== undefined && failure === undefined;
      const local = given === undefined ? await readLocalStaleness() : undefined;
      const { gatewaySeconds, lambdaSeconds } = local ?? DEFAULT_STALENESS;
      const seconds = given ?? lambdaSeconds + (isFlushed ? 0 : gatewaySeconds);
      const isKnown = given !== undefined || local !== undefined;
      const effect = `; in effect after at most ${seconds} s${explainSeconds(isKnown, isFlushed, local)}`;
      print(
        values.format === "json"
          ? JSON.stringify({ table, what, outcome, worstCaseSeconds: seconds, flushed: isFlushed, ...data })
          : `${oneLine(what)}: ${outcome}${epilogue === undefined ? (outcome === "unchanged" ? "" : effect) : `. ${oneLine(epilogue)}`}`,
      );
      return failure === undefined ? 0 : printError(failure);
    }, ATTEMPTS),
  );
}

function explainSeconds(isKnown: boolean, isFlushed: boolean, local: LocalStaleness | undefined): string {
  if (isFlushed)
    return `${isKnown ? "" : " with the default settings"}, because API Gateway's cache was emptied and Lambdas cache that long`;
  if (local?.gatewaySeconds === 0) return "";
  const flush = `--flush ${local === undefined ? "API_ID/STAGE" : LOCAL_STAGE} empties API Gateway's cache now`;
  const { gatewaySeconds, lambdaSeconds } = DEFAULT_STALENESS;
  return isKnown
    ? ` (${flush})`
    : ` with the default settings (API Gateway ${gatewaySeconds} s + Lambda ${lambdaSeconds} s; for other settings use --staleness SECONDS with Terraform's output staleness_seconds; ${flush})`;
}

/** Returns the staleness of the running local stack; undefined if the table is not a local stack's. */
async function readLocalStaleness(): Promise<LocalStaleness | undefined> {
  const client = localStackClient();
  if (client === undefined) return undefined;
  try {
    const response = await fetch(new URL(STALENESS_PATH, client.endpoint));
    return response.ok ? ((await response.json()) as LocalStaleness) : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the value of a flag. @throws UsageError if it is missing or empty */
export function required(flag: string, value: string | undefined): string {
  if (value === undefined || value === "") throw new UsageError(`--${flag} is missing`);
  return value;
}

/** @throws UsageError unless exactly one of the flags is given */
export function exactlyOne(flags: Readonly<Record<string, string | undefined>>): void {
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  if (given.length !== 1)
    throw new UsageError(
      `name one of ${Object.keys(flags)
        .map((flag) => `--${flag}`)
        .join(", ")}`,
    );
}

/** Reads whose membership the flags name, and a name for messages. @throws UsageError */
export function readMember({
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
 * Parses `now`, an ISO 8601 date, or a duration such as `2h`. Returns seconds since 1970.
 *
 * @param towards whether a duration is counted into the future or into the past
 * @throws UsageError
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
