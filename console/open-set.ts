import type { Caller } from "../core/decision/caller.ts";
import type { MembershipState } from "../core/decision/memberships.ts";
import { tenantId } from "../core/model/ids.ts";
import { ITEM_VERSION, type Item } from "../core/model/items.ts";
import { type Layout, readLayout } from "../core/model/layout.ts";
import { accessKinds, type KindedCell } from "../core/policy-files/access/kinds.ts";
import type { LayoutOptions } from "../core/policy-files/compile/build-layout.ts";
import { itemContents } from "../core/policy-files/compile/item-contents.ts";
import { guardedRoutes } from "../core/policy-files/model/operation.ts";
import { type Rules, unpackRules } from "../core/policy-files/model/rules-json.ts";
import { addedTenants, type RunTimeItems, stateFrom } from "../core/policy-files/simulate/run-time-state.ts";
import type { PolicySimulator } from "../core/policy-files/simulate/simulate.ts";
import { createSimulatorOn } from "../core/policy-files/simulate/simulator.ts";
import type { ReadableSet } from "./data.ts";

/** The contents of policy files by path. */
export type FileContents = Readonly<Record<string, string>>;

/** The table of the running stack. */
export interface ShownTable {
  readonly environment: string;
  readonly added: RunTimeItems;
}

/** A tenant of the files or of run time. */
export interface ShownTenant {
  readonly id: string;
  readonly name: string | undefined;
  readonly plan: string | undefined;
  readonly status: "active" | "suspended";
  /** Its own roles. */
  readonly roles: readonly string[];
  /** Undefined: any that covers it. */
  readonly issuers: readonly string[] | undefined;
  /** Whether it was created at run time. */
  readonly isAdded: boolean;
}

/** A policy set with its simulators. They are cached per tenant, because views need them on every redraw. */
export class OpenSet {
  readonly name: string;
  readonly files: FileContents;
  readonly rules: Rules;
  readonly layout: Layout;
  /** For each group, the size of the resources of the longest policy that it can need, in bytes. */
  readonly longest: readonly number[];
  /** Why the caching mode is not `token`. */
  readonly why: string | undefined;
  readonly options: LayoutOptions;
  readonly #simulators = new Map<string, PolicySimulator>();
  readonly #runTime: RunTimeItems | undefined;
  #added: readonly Item[] | undefined;
  #items: readonly Item[] | undefined;

  /**
   * @param table the environment of the running stack and what run time added to its table, for the sets of this
   *   environment; undefined without a table
   */
  constructor(name: string, files: FileContents, data: ReadableSet, table?: ShownTable) {
    this.name = name;
    this.files = files;
    this.rules = unpackRules(data.rules);
    this.#runTime = table?.environment === this.rules.environment ? table.added : undefined;
    this.layout = readLayout(data.layout);
    this.longest = data.longest;
    this.why = data.why;
    this.options = data.options;
  }

  /** The items of all tenants. They are computed on first use, because this takes time and few views need them. */
  get items(): readonly Item[] {
    this.#items ??= [...makeItems(this.rules), ...this.#addedTenants];
    return this.#items;
  }

  /** The ids of all tenants: those of the files, then those of run time. */
  get tenantIds(): readonly string[] {
    return [...this.rules.tenants.keys(), ...this.#addedTenants.map(({ id }) => String(id))];
  }

  /** They are selected once, because the table can have very many items. */
  get #addedTenants(): readonly Item[] {
    this.#added ??= this.#runTime === undefined ? [] : addedTenants(this.#runTime, this.rules.tenants.keys());
    return this.#added;
  }

  /** Returns what is known of a tenant; undefined for an unknown one. */
  tenant(id: string): ShownTenant | undefined {
    const definition = this.rules.tenants.get(id);
    const item = this.simulator(id).tenants.get(tenantId(id));
    if (item === undefined) return undefined;
    const { status, plan, roles, issuers } = item;
    return {
      ...{ id, status, name: definition?.name, plan: plan ?? undefined, isAdded: definition === undefined },
      roles: [...roles.keys()],
      issuers: issuers === null ? undefined : [...issuers],
    };
  }

  /**
   * Returns the memberships and revocations of a caller; null without a table.
   *
   * @param at in seconds since 1970
   */
  membershipState(caller: Caller, at: number): MembershipState | null {
    if (this.#runTime === undefined) return null;
    return stateFrom(this.#runTime, this.simulator(caller.tenant).catalogue, at)(caller);
  }

  /** Returns the simulator for one tenant's callers; for an unknown tenant it has only the catalogue. */
  simulator(tenant: string): PolicySimulator {
    const cached = this.#simulators.get(tenant);
    if (cached !== undefined) return cached;
    const definition = this.rules.tenants.get(tenant);
    const tenants = new Map(definition === undefined ? [] : [[tenant, definition]]);
    const added = this.#addedTenants.filter(({ id }) => id === tenant);
    const items = [...makeItems({ ...this.rules, tenants }), ...added];
    const simulator = createSimulatorOn(this.rules, items, this.layout);
    this.#simulators.set(tenant, simulator);
    return simulator;
  }

  /** Returns the access of each role of a tenant to each guarded route; empty for an unknown tenant. */
  cells(tenant: string): readonly KindedCell[] {
    const { catalogue, tenants } = this.simulator(tenant);
    const item = tenants.get(tenantId(tenant));
    return item === undefined ? [] : accessKinds(catalogue, item, guardedRoutes(this.rules.api));
  }
}

/** Makes the items with an empty hash, because the page never compares hashes. */
const makeItems = (rules: Omit<Rules, "api">): Item[] =>
  itemContents(rules).map((content) => ({ ...content, v: ITEM_VERSION, hash: "" }));
