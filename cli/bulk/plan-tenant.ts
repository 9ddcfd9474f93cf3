import { REVOKED_ISSUED, revokedSubject } from "../../core/decision/memberships.ts";
import { InternalError } from "../../core/model/errors.ts";
import { issuerName } from "../../core/model/ids.ts";
import type { IssuerSwitches } from "../../core/model/issuer-switch.ts";
import { type Item, readGeneration, readTenant, TENANT_SORT_KEY } from "../../core/model/items.ts";
import { canonicalJson } from "../../core/policy-files/source/digest.ts";
import {
  checkSpelling,
  findMembershipIssuer,
  findSubjectIssuer,
  type StoredTenant,
  tenantItemKey,
  unknownTenant,
} from "../../runtime/table/catalogue.ts";
import { type CheckedGrant, checkMembership, hasEnded, readRoles } from "../../runtime/table/memberships.ts";
import type { SingleChange } from "../../runtime/table/recorded-change.ts";
import { type CheckedRevocation, checkRevocation } from "../../runtime/table/revocations.ts";
import { checkOwner, type Key, type StoreOptions, stampRuntime } from "../../runtime/table/store.ts";
import { StoreError } from "../../runtime/table/store-error.ts";
import { concernsRules, type PutRules } from "../../runtime/table/tenant-rules.ts";
import { checkPut, putChange } from "../../runtime/table/tenants.ts";
import type { Line, LineProblem, ParsedMembership, ParsedRevocation, TenantLines } from "./lines.ts";
import type { TenantState } from "./tenant-state.ts";

/** What the checks of every tenant depend on. */
export interface PlanContext {
  readonly store: StoreOptions;
  /** The catalogue, and what rules of tenants are checked against. */
  readonly rules: PutRules;
  readonly switches: IssuerSwitches;
  /** Whether lines may give again what was taken away. */
  readonly again: boolean;
}

/** A write of one item. */
export interface PlannedWrite {
  readonly key: Key;
  readonly current: Item | undefined;
  readonly next: Item;
  /** What the history records, in words too. */
  readonly changes: readonly SingleChange[];
  readonly whats: readonly string[];
}

/** What an import changes in one tenant. */
export interface TenantPlan {
  readonly lines: TenantLines;
  readonly state: TenantState;
  readonly problems: readonly LineProblem[];
  /** What a put changes in words; undefined if no line puts the tenant. */
  readonly put: string | undefined;
  /** The tenant's item after the import; undefined if there is none. */
  readonly item: Item | undefined;
  /** The write of the tenant's item. */
  readonly tenant: PlannedWrite | undefined;
  readonly revocations: readonly PlannedWrite[];
  readonly memberships: readonly PlannedWrite[];
  /** The generation that memberships have after the import. */
  readonly generation: string | undefined;
}

/** Compares the lines of one tenant with what the table has. Checks each line as a single change is checked. */
export function planTenant(lines: TenantLines, state: TenantState, context: PlanContext): TenantPlan {
  return new Planner(lines, state, context).plan();
}

interface Draft {
  readonly key: Key;
  readonly content: Item;
  readonly changes: readonly SingleChange[];
  readonly whats: readonly string[];
}

class Planner {
  readonly #lines: TenantLines;
  readonly #state: TenantState;
  readonly #context: PlanContext;
  readonly #problems: LineProblem[] = [];
  readonly #drafts = new Map<string, Draft>();
  /** The sort keys of subjects, and the clients, that lines revoke. */
  readonly #revokedInFile = new Set<string>();

  constructor(lines: TenantLines, state: TenantState, context: PlanContext) {
    this.#lines = lines;
    this.#state = state;
    this.#context = context;
  }

  plan(): TenantPlan {
    const current = this.#state.items.get(TENANT_SORT_KEY);
    const put = this.#putTenant(current);
    const item = put?.next ?? current;
    const stored = this.#readStored(item);
    for (const line of this.#lines.revocations)
      this.#check(line, () => stored && this.#addRevocation(line, stored));
    const given = new Map<string, number>();
    for (const line of this.#lines.memberships)
      this.#check(line, () => stored && this.#addMembership(line, stored, given));
    const writes = [...this.#drafts.values()].map((draft) => this.#toWrite(draft));
    const isTenantWritten = put !== undefined && put.next["hash"] !== current?.["hash"];
    return {
      lines: this.#lines,
      state: this.#state,
      problems: this.#problems,
      put: put?.what,
      item,
      tenant: isTenantWritten
        ? { ...put, key: tenantItemKey(this.#lines.id), current, whats: [put.what] }
        : undefined,
      revocations: writes.filter(({ changes }) => changes[0]?.kind === "revoke"),
      memberships: writes.filter(({ changes }) => changes[0]?.kind === "grant"),
      generation: stored?.generation,
    };
  }

  #check(line: Line<unknown>, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof StoreError || error instanceof InternalError)) throw error;
      this.#problems.push({ line: line.line, message: error.message });
    }
  }

  #putTenant(current: Item | undefined) {
    const [line, ...others] = this.#lines.tenants;
    for (const other of others)
      this.#problems.push({ line: other.line, message: `line ${line?.line} is about the same tenant` });
    if (line === undefined) return undefined;
    let put: { readonly what: string; readonly next: Item; readonly changes: SingleChange[] } | undefined;
    this.#check(line, () => {
      const key = tenantItemKey(line.input.id);
      checkOwner(key, current);
      const { what, content } = checkPut(line.input, current, this.#context.rules);
      const changed = concernsRules(current, line.input) ? content : undefined;
      this.#rejectAgain(this.#tenantTakenAway(line.input.status, current));
      put = { what, next: stampRuntime({ ...content, ...key }), changes: [putChange(line.input, changed)] };
    });
    return put;
  }

  #tenantTakenAway(status: string | undefined, current: Item | undefined): string | undefined {
    const { id } = this.#lines;
    if (status === "active" && current?.["status"] === "suspended")
      return `tenant ${id} is suspended, and the line would reinstate it`;
    const removal = this.#state.taken.tenant;
    if (current !== undefined || removal === undefined) return undefined;
    return `tenant ${id} was removed at ${removal.when} by ${removal.who}`;
  }

  #readStored(item: Item | undefined): StoredTenant | undefined {
    const { id, tenants, memberships, revocations } = this.#lines;
    let stored: StoredTenant | undefined;
    // A line that would create the tenant has a problem of its own.
    if (item === undefined && tenants.length > 0) return undefined;
    for (const line of [...memberships, ...revocations])
      this.#check(line, () => {
        if (item === undefined) throw unknownTenant(id, ", and no line creates it");
        checkSpelling(item, line.input.tenant);
        stored ??= { tenant: readTenant(item), generation: readGeneration(item) };
      });
    return stored;
  }

  #addRevocation({ input }: Line<ParsedRevocation>, { generation }: StoredTenant): void {
    const { store, rules } = this.#context;
    const { what } = input;
    const issuer =
      "subject" in what || "client" in what ? findSubjectIssuer(what.issuer, rules.catalogue) : "";
    const checked = checkRevocation(input, issuer, generation, store);
    this.#revokedInFile.add(checked.change.client ?? checked.key.sk);
    this.#edit(checked);
  }

  #addMembership(
    { input, line }: Line<ParsedMembership>,
    stored: StoredTenant,
    given: Map<string, number>,
  ): void {
    const { store, rules } = this.#context;
    const issuer = findMembershipIssuer(input.to, rules.catalogue);
    const checked = checkMembership(input, issuer, stored, rules.catalogue, store);
    const name = `${checked.key.sk} ${input.role}`;
    const earlier = given.get(name);
    if (earlier !== undefined)
      throw new StoreError("input_invalid", `line ${earlier} gives the same role to the same member`);
    given.set(name, line);
    this.#rejectAgain(this.#roleTakenAway(input, checked.key.sk, issuer.name, stored.generation));
    this.#edit(checked);
  }

  /** Returns why a line would give again what was taken away; undefined if it does not. */
  #roleTakenAway(
    { to, role, until }: ParsedMembership,
    sk: string,
    issuer: string,
    generation: string,
  ): string | undefined {
    const now = (this.#context.store.now ?? Date.now)() / 1_000;
    const item = this.#state.items.get(sk);
    const held = readRoles(item, generation).find((one) => one.role === role);
    if (held !== undefined) {
      if (held.until === undefined || (until !== undefined && until <= held.until)) return undefined;
      const end = new Date(held.until * 1_000).toISOString();
      return hasEnded(held, now)
        ? `the role ${role} ended at ${end}`
        : `the role ${role} ends at ${end} in the table, and the line would extend it`;
    }
    const earlier = readRoles(item, String(item?.["generation"])).some((one) => one.role === role);
    if (earlier) return `the role ${role} was given in an earlier tenant with this id`;
    const removal = this.#state.taken.role(sk, role);
    if (removal !== undefined)
      return `the role ${role} was taken away at ${removal.when} by ${removal.who} (${removal.what})`;
    return this.#isRevoked(to, issuer, generation, now)
      ? `the ${"client" in to ? "client" : "subject"} is revoked`
      : undefined;
  }

  /** Returns whether a member is revoked in the table, and not by a line of the file too. */
  #isRevoked(to: ParsedMembership["to"], issuer: string, generation: string, now: number): boolean {
    const isActive = (until: unknown): boolean => typeof until === "number" && until > now;
    if ("subject" in to) {
      const sk = revokedSubject(issuer, to.subject);
      const item = this.#state.items.get(sk);
      return item?.["generation"] === generation && isActive(item["until"]) && !this.#revokedInFile.has(sk);
    }
    const name = `${issuer}#${to.client}`;
    const item = this.#state.items.get(REVOKED_ISSUED);
    const clients = (item?.["clients"] ?? {}) as Readonly<Record<string, number>>;
    const isInTenant = item?.["generation"] === generation && isActive(clients[name]);
    const everywhere = this.#context.switches.get(issuerName(issuer))?.revokedClients.get(to.client);
    return (isInTenant && !this.#revokedInFile.has(name)) || isActive(everywhere);
  }

  #rejectAgain(reason: string | undefined): void {
    if (reason === undefined || this.#context.again) return;
    throw new StoreError("input_invalid", `${reason}: leave the line out, or give it again with --again`);
  }

  #edit({ key, what, change, apply }: CheckedGrant | CheckedRevocation): void {
    const draft = this.#drafts.get(key.sk);
    const current = this.#state.items.get(key.sk);
    checkOwner(key, current);
    const content = apply(draft?.content ?? current);
    if (isSame(content, draft?.content ?? current)) return;
    this.#drafts.set(key.sk, {
      ...{ key, content },
      changes: [...(draft?.changes ?? []), change],
      whats: [...(draft?.whats ?? []), what],
    });
  }

  #toWrite({ content, ...draft }: Draft): PlannedWrite {
    const current = this.#state.items.get(draft.key.sk);
    return { ...draft, current, next: stampRuntime({ ...content, ...draft.key }) };
  }
}

/** Returns whether contents differ in more than who wrote them. */
function isSame(content: Item, current: Item | undefined): boolean {
  if (current === undefined) return false;
  const compared = ({
    pk: _pk,
    sk: _sk,
    v: _v,
    owner: _owner,
    hash: _hash,
    by: _by,
    ...rest
  }: Item): string => canonicalJson(rest);
  return compared(content) === compared(current);
}
