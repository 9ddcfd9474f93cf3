import { randomUUID } from "node:crypto";
import {
  type DynamoDBClient,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { marshallItem } from "../../core/model/dynamodb-json.ts";
import type { Item } from "../../core/model/items.ts";
import { plural } from "../../core/model/plural.ts";
import { readRoles, type StoredRole } from "../../runtime/table/memberships.ts";
import type { SingleChange } from "../../runtime/table/recorded-change.ts";
import { auditItem, isUnchanged, type StoreOptions, stampRuntime } from "../../runtime/table/store.ts";
import { retry } from "../table/back-off.ts";
import type { PlannedWrite, TenantPlan } from "./plan-tenant.ts";

/** The writes of one transaction, whose limits are 100 actions and 4 MB. One action is the history's entry. */
const WRITES = 99;
const BYTES = 3_000_000;

/** Whether everything was written, or something else had changed an item in the meantime. */
export type WriteOutcome = "done" | "conflict";

/**
 * Writes what a plan changes in one tenant, in transactions that have their entries of the history. If one transaction
 * is not enough, they come in an order in which no state between them gives access that neither the state before nor
 * the one after gives: first what takes access, then the tenant, then what gives access.
 *
 * @param onWritten is called with the number of items of each transaction
 */
export async function writeTenant(
  store: StoreOptions,
  plan: TenantPlan,
  why: string,
  onWritten: (count: number) => void,
): Promise<WriteOutcome> {
  for (const writes of transactions(plan)) {
    if (!(await transact(store, plan, writes, why))) return "conflict";
    onWritten(writes.length);
  }
  return "done";
}

function transactions(plan: TenantPlan): PlannedWrite[][] {
  const { revocations, memberships } = plan;
  const tenant = plan.tenant === undefined ? [] : [plan.tenant];
  const together = chunks([...tenant, ...revocations, ...memberships]);
  if (together.length <= 1) return together;
  const narrowed = memberships.map((write) => narrowWrite(write, plan.generation));
  const narrowing = narrowed.filter((write) => write !== undefined);
  const widening = memberships.map((write, index) => ({
    ...write,
    current: narrowed[index]?.next ?? write.current,
  }));
  return [...chunks([...revocations, ...narrowing]), ...chunks([...tenant, ...widening])];
}

/** Returns the write that only takes from a membership what the whole write takes; undefined if that is nothing. */
function narrowWrite(
  { key, current, next }: PlannedWrite,
  generation: string | undefined,
): PlannedWrite | undefined {
  const held = readRoles(current, generation);
  const wanted = readRoles(next, generation);
  const roles = held.map((role) =>
    earlierEnd(
      role,
      wanted.find((one) => one.role === role.role),
    ),
  );
  const shortened = roles.filter((role, index) => role !== held[index]);
  if (current === undefined || shortened.length === 0) return undefined;
  const { v: _v, owner: _owner, hash: _hash, ...content } = current;
  const changes = shortened.map(({ role, until }) => ({ kind: "grant", sk: key.sk, role, until }) as const);
  const whats = shortened.map(({ role }) => `end ${role} of ${key.sk} earlier`);
  return { key, current, next: stampRuntime({ ...content, roles }), changes, whats };
}

function earlierEnd(held: StoredRole, wanted: StoredRole | undefined): StoredRole {
  const until = wanted?.until;
  if (until === undefined || (held.until !== undefined && held.until <= until)) return held;
  return { ...held, until };
}

function chunks(writes: readonly PlannedWrite[]): PlannedWrite[][] {
  const all: PlannedWrite[][] = [];
  let bytes = 0;
  for (const write of writes) {
    const size =
      Buffer.byteLength(JSON.stringify(write.next)) + Buffer.byteLength(JSON.stringify(write.changes));
    const last = all.at(-1);
    if (last === undefined || last.length === WRITES || bytes + size > BYTES) {
      all.push([write]);
      bytes = size;
    } else {
      last.push(write);
      bytes += size;
    }
  }
  return all;
}

/** Returns false, and writes nothing, if an item is no longer what was read. */
async function transact(
  store: StoreOptions,
  plan: TenantPlan,
  writes: readonly PlannedWrite[],
  why: string,
): Promise<boolean> {
  const { table, client } = store;
  const put = (item: Item, current: Item | undefined): TransactWriteItem => ({
    Put: { TableName: table, Item: marshallItem(item), ...isUnchanged(current) },
  });
  const changes = writes.flatMap((write) => write.changes);
  const entry = auditItem(store, String(plan.item?.["id"]), {
    what: describe(writes),
    why,
    outcome: "done",
    change: { kind: "import", changes },
  });
  const command = new TransactWriteItemsCommand({
    // With the same token a repeated request has no second effect.
    ClientRequestToken: randomUUID(),
    TransactItems: [...writes.map(({ next, current }) => put(next, current)), put(entry, undefined)],
  });
  return send(client, command);
}

async function send(client: DynamoDBClient, command: TransactWriteItemsCommand): Promise<boolean> {
  try {
    await retry(() => client.send(command));
    return true;
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    const codes = (error.CancellationReasons ?? []).map(({ Code }) => Code);
    if (codes.includes("ConditionalCheckFailed")) return false;
    throw error;
  }
}

/** Describes one change in its own words, and counts several. */
function describe(writes: readonly PlannedWrite[]): string {
  const whats = writes.flatMap((write) => write.whats);
  if (whats.length === 1) return `import ${whats[0]}`;
  const changes = writes.flatMap((write) => write.changes);
  const count = (kind: SingleChange["kind"]): number =>
    changes.filter((change) => change.kind === kind).length;
  const [roles, revocations] = [count("grant"), count("revoke")];
  const parts = [
    ...whats.filter((_, index) => changes[index]?.kind === "put-tenant"),
    ...(roles > 0 ? [plural(roles, "role")] : []),
    ...(revocations > 0 ? [plural(revocations, "revocation")] : []),
  ];
  return `import ${parts.join(", ")}`;
}
