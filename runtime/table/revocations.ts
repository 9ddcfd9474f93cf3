import { REVOKED, REVOKED_ISSUED, revokedSubject, revokedToken } from "../../core/decision/memberships.ts";
import { type Item, tenantKey } from "../../core/model/items.ts";
import { existingTenant, readShared, subjectIssuer } from "./catalogue.ts";
import { checked, type RevocationInput, revocationInput, type UndoInput, undoInput } from "./input.ts";
import { audited, changeItem, queryItems, type StoreOptions } from "./store.ts";

/** A revocation that counts. */
export interface ActiveRevocation {
  readonly tenant: string;
  /** `token <id>`, `subject <issuer> <subject>` or `issued before <time>`. */
  readonly what: string;
  /** Seconds since 1970. */
  readonly until: number;
}

/** Revokes a token, a subject, or what was issued before a time. One that is there already is never narrowed. */
export async function revoke(store: StoreOptions, input: RevocationInput, why: string) {
  const { tenant, what, until } = checked(revocationInput, input);
  await existingTenant(store, tenant);
  const sk = await sortKey(store, "issuedBefore" in what ? { issued: true } : what);
  const before = "issuedBefore" in what ? what.issuedBefore : undefined;
  const text = describe({ sk, before });
  return audited(store, tenant, { what: `revoke ${text}`, why }, () =>
    changeItem(store, { pk: tenantKey(tenant), sk }, (current) => {
      const last = Math.max(until, numberOf(current?.["until"]));
      return {
        before: before === undefined ? undefined : Math.max(before, numberOf(current?.["before"])),
        until: last,
        // The table's TTL attribute: what has ended is deleted some time later, and ignored until then.
        expiresAt: last,
        by: store.who,
      };
    }),
  );
}

export async function undoRevocation(store: StoreOptions, input: UndoInput, why: string) {
  const { tenant, what } = checked(undoInput, input);
  const sk = await sortKey(store, what);
  return audited(store, tenant, { what: `undo revocation of ${describe({ sk })}`, why }, () =>
    changeItem(store, { pk: tenantKey(tenant), sk }, () => "remove"),
  );
}

/** What a tenant has revoked, without what has ended. */
export async function listRevocations(store: StoreOptions, tenant: string): Promise<ActiveRevocation[]> {
  const now = (store.now ?? Date.now)() / 1_000;
  const items = await queryItems(store, tenantKey(tenant), REVOKED);
  return items
    .filter((item) => numberOf(item["until"]) > now)
    .map((item) => ({ tenant, what: describe(item), until: numberOf(item["until"]) }));
}

const numberOf = (value: unknown): number => (typeof value === "number" ? value : 0);

async function sortKey(store: StoreOptions, what: UndoInput["what"]): Promise<string> {
  if ("issued" in what) return REVOKED_ISSUED;
  if ("token" in what) return revokedToken(what.token);
  return revokedSubject(subjectIssuer(what.issuer, await readShared(store)), what.subject);
}

function describe({ sk, before }: Item): string {
  const rest = String(sk).slice(REVOKED.length);
  if (sk === REVOKED_ISSUED)
    return before === undefined
      ? "what was issued"
      : `issued before ${new Date(numberOf(before) * 1_000).toISOString()}`;
  const [kind = "", ...name] = rest.split("#");
  if (kind === "TOKEN") return `token ${name.join("#")}`;
  return `subject ${name[0] ?? ""} ${name.slice(1).join("#")}`;
}
