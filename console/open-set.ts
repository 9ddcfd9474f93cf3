import { tenantId } from "../core/model/ids.ts";
import { ITEM_VERSION, type Item } from "../core/model/items.ts";
import { type Layout, readLayout } from "../core/model/layout.ts";
import { accessKinds, type KindedCell } from "../core/policy-files/access/kinds.ts";
import type { LayoutOptions } from "../core/policy-files/compile/build-layout.ts";
import { itemContents } from "../core/policy-files/compile/item-contents.ts";
import { guardedRoutes } from "../core/policy-files/model/operation.ts";
import { type Rules, unpackRules } from "../core/policy-files/model/rules-json.ts";
import type { PolicySimulator } from "../core/policy-files/simulate/simulate.ts";
import { createSimulatorOn } from "../core/policy-files/simulate/simulator.ts";
import type { ReadableSet } from "./data.ts";

/** The contents of policy files by path. */
export type FileContents = Readonly<Record<string, string>>;

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
  #items: readonly Item[] | undefined;

  constructor(name: string, files: FileContents, data: ReadableSet) {
    this.name = name;
    this.files = files;
    this.rules = unpackRules(data.rules);
    this.layout = readLayout(data.layout);
    this.longest = data.longest;
    this.why = data.why;
    this.options = data.options;
  }

  /** The items of all tenants. They are computed on first use, because this takes time and few views need them. */
  get items(): readonly Item[] {
    this.#items ??= makeItems(this.rules);
    return this.#items;
  }

  /** Returns the simulator for one tenant's callers; for an unknown tenant it has only the catalogue. */
  simulator(tenant: string): PolicySimulator {
    const cached = this.#simulators.get(tenant);
    if (cached !== undefined) return cached;
    const definition = this.rules.tenants.get(tenant);
    const tenants = new Map(definition === undefined ? [] : [[tenant, definition]]);
    const simulator = createSimulatorOn(this.rules, makeItems({ ...this.rules, tenants }), this.layout);
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
