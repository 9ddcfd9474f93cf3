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

export type FileTexts = Readonly<Record<string, string>>;

/** A policy set that can be asked. What is computed of one tenant is remembered, for views ask again and again. */
export class OpenSet {
  readonly name: string;
  readonly files: FileTexts;
  readonly rules: Rules;
  readonly layout: Layout;
  /** The longest policy of each group, in bytes of its resources. */
  readonly longest: readonly number[];
  readonly why: string | undefined;
  readonly options: LayoutOptions;
  readonly #stands = new Map<string, PolicySimulator>();
  #items: readonly Item[] | undefined;

  constructor(name: string, files: FileTexts, data: ReadableSet) {
    this.name = name;
    this.files = files;
    this.rules = unpackRules(data.rules);
    this.layout = readLayout(data.layout);
    this.longest = data.longest;
    this.why = data.why;
    this.options = data.options;
  }

  /** The items of all tenants: only what asks for all of them needs the time. */
  get items(): readonly Item[] {
    this.#items ??= unhashed(this.rules);
    return this.#items;
  }

  /** Where requests of one tenant's callers can be tried; an unknown tenant has the catalogue alone. */
  standOf(tenant: string): PolicySimulator {
    const known = this.#stands.get(tenant);
    if (known !== undefined) return known;
    const definition = this.rules.tenants.get(tenant);
    const tenants = new Map(definition === undefined ? [] : [[tenant, definition]]);
    const simulator = createSimulatorOn(this.rules, unhashed({ ...this.rules, tenants }), this.layout);
    this.#stands.set(tenant, simulator);
    return simulator;
  }

  /** What each role of a tenant may; none for an unknown tenant. */
  cellsOf(tenant: string): readonly KindedCell[] {
    const { catalogue, tenants } = this.standOf(tenant);
    const item = tenants.get(tenantId(tenant));
    return item === undefined ? [] : accessKinds(catalogue, item, guardedRoutes(this.rules.api));
  }
}

/** Nothing in the page tells states of an item apart, so it has no need of a hash function. */
const unhashed = (rules: Omit<Rules, "api">): Item[] =>
  itemContents(rules).map((content) => ({ ...content, v: ITEM_VERSION, hash: "" }));
