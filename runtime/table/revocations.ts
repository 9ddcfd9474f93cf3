import { REVOKED, REVOKED_ISSUED, revokedSubject, revokedToken } from "../../core/decision/memberships.ts";
import { type Item, tenantKey } from "../../core/model/items.ts";
import { findSubjectIssuer, findTenant, getCatalogue, getTenant } from "./catalogue.ts";
import { parseInput, revocationInput, undoInput } from "./input.ts";
import type { RevocationInput, UndoInput } from "./input-types.ts";
import { changeItem, queryItems, type StoreOptions, withAudit } from "./store.ts";

/** A revocation that has not ended. */
export interface ActiveRevocation {
  readonly tenant: string;
  /** `token <id>`, `subject <issuer> <subject>` or `issued before <time>`. */
  readonly what: string;
  /** When the revocation ends, in seconds since 1970. */
  readonly until: number;
}

/**
 * Revokes a token, all tokens of a subject, or all tokens that were issued before a time. An existing revocation of
 * the same tokens is only ever extended.
 *
 * @throws StoreError `input_invalid`, `tenant_unknown`, `issuer_unknown`, `tenant_of_files` or `too_many_writers`
 */
export async function revoke(store: StoreOptions, input: RevocationInput, why: string) {
  const { tenant, what, until } = parseInput(revocationInput, input);
  const { generation } = await getTenant(store, tenant);
  const sk = await revocationSortKey(store, "issuedBefore" in what ? { issued: true } : what);
  const before = "issuedBefore" in what ? what.issuedBefore : undefined;
  const change = { kind: "revoke", sk, before, until } as const;
  return withAudit(store, tenant, { what: `revoke ${describe({ sk, before })}`, why, change }, () =>
    changeItem(store, { pk: tenantKey(tenant), sk }, (current) =>
      extendRevocation(current, { generation, before, until, by: store.who }),
    ),
  );
}

/** Returns the content of a revocation. One of the same generation is only ever extended. */
export function extendRevocation(
  current: Item | undefined,
  {
    generation,
    before,
    until,
    by,
  }: {
    readonly generation: unknown;
    readonly before: number | undefined;
    readonly until: number;
    readonly by: string;
  },
): Item {
  const present = current?.["generation"] === generation ? current : undefined;
  const last = Math.max(until, toNumber(present?.["until"]));
  return {
    generation,
    before: before === undefined ? undefined : Math.max(before, toNumber(present?.["before"])),
    until: last,
    // The table's TTL attribute: DynamoDB deletes the item some time after its end, and until then it is ignored.
    expiresAt: last,
    by,
  };
}

/**
 * Removes a revocation.
 *
 * @throws StoreError `input_invalid`, `tenant_unknown` for another spelling of the tenant's id, `issuer_unknown`, `tenant_of_files` or `too_many_writers`
 */
export async function undoRevocation(store: StoreOptions, input: UndoInput, why: string) {
  const { tenant, what } = parseInput(undoInput, input);
  await findTenant(store, tenant);
  const sk = await revocationSortKey(store, what);
  const change = { kind: "undo-revocation", sk } as const;
  return withAudit(store, tenant, { what: `undo revocation of ${describe({ sk })}`, why, change }, () =>
    changeItem(store, { pk: tenantKey(tenant), sk }, () => "remove"),
  );
}

/** Returns a tenant's revocations that have not ended. @throws StoreError `tenant_unknown` for another spelling */
export async function listRevocations(store: StoreOptions, tenant: string): Promise<ActiveRevocation[]> {
  const now = (store.now ?? Date.now)() / 1_000;
  const generation = (await findTenant(store, tenant))?.generation;
  const items = await queryItems(store, tenantKey(tenant), REVOKED);
  return items
    .filter((item) => item["generation"] === generation && toNumber(item["until"]) > now)
    .map((item) => ({ tenant, what: describe(item), until: toNumber(item["until"]) }));
}

const toNumber = (value: unknown): number => (typeof value === "number" ? value : 0);

async function revocationSortKey(store: StoreOptions, what: UndoInput["what"]): Promise<string> {
  if ("issued" in what) return REVOKED_ISSUED;
  if ("token" in what) return revokedToken(what.token);
  return revokedSubject(
    findSubjectIssuer(what.issuer, await getCatalogue(store, [what.issuer])),
    what.subject,
  );
}

function describe({ sk, before }: Item): string {
  const rest = String(sk).slice(REVOKED.length);
  if (sk === REVOKED_ISSUED)
    return before === undefined
      ? "what was issued"
      : `issued before ${new Date(toNumber(before) * 1_000).toISOString()}`;
  const [kind = "", ...name] = rest.split("#");
  if (kind === "TOKEN") return `token ${name.join("#")}`;
  return `subject ${name[0] ?? ""} ${name.slice(1).join("#")}`;
}
