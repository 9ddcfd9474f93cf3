import { isGuarded, type Operation } from "../model/operation.ts";
import { action, list } from "./cedar-text.ts";

/** The group of the operations that wildcards of grants do not reach. */
const EXPLICIT = "explicit: true";
export const scopeGroup = (scope: string): string => `scope ${scope}`;
export const bindGroup = (parameter: string, source: string): string => `bind ${parameter}=${source}`;

/** What a list of selectors reaches: groups as a whole, and groups without their explicit operations. */
export interface Reach {
  readonly whole: readonly string[];
  readonly withoutExplicit: readonly string[];
}

/**
 * The operations as actions of Cedar, and what the files name of them as action groups: permissions and selectors by their
 * text, scopes and bindings. Does not use the compiler's selectors, so that the result is independent of them.
 */
export class ActionGroups {
  readonly operations: readonly Operation[];
  readonly #groups = new Map<string, ReadonlySet<Operation>>();

  constructor(operations: readonly Operation[]) {
    this.operations = operations.filter(isGuarded);
    for (const { permission } of this.operations) if (permission !== undefined) this.select(permission);
  }

  /** Returns the group of a selector. */
  select(text: string): string {
    const id = text.trim().replace(/\s+/g, " ");
    if (!this.operations.some(({ route }) => route.key === id)) this.add(id, matcher(id));
    return id;
  }

  add(id: string, belongs: (operation: Operation) => boolean): void {
    if (!this.#groups.has(id)) this.#groups.set(id, new Set(this.operations.filter(belongs)));
  }

  /** Returns what selectors reach, in lists that grant: there wildcards do not reach explicit operations. */
  reach(texts: readonly string[]): Reach {
    const ids = [...new Set(texts.map((text) => this.select(text)))];
    const limited = ids.filter(
      (id) => isWildcard(id) && [...(this.#groups.get(id) ?? [])].some(({ explicit }) => explicit),
    );
    return { whole: ids.filter((id) => !limited.includes(id)), withoutExplicit: limited };
  }

  /** Returns the condition that an action is one that these lists reach. */
  isReached({ whole, withoutExplicit }: Reach): string {
    const conditions = [
      ...(whole.length > 0 ? [isIn(whole)] : []),
      ...(withoutExplicit.length > 0 ? [`(${isIn(withoutExplicit)} && ${this.notExplicit()})`] : []),
    ];
    return conditions.length === 0 ? "false" : conditions.join(" || ");
  }

  /** Returns the condition that an action is not explicit. */
  notExplicit(): string {
    this.add(EXPLICIT, ({ explicit }) => explicit);
    return `!(${isIn([EXPLICIT])})`;
  }

  /** The ids of all groups. */
  get ids(): readonly string[] {
    return [...this.#groups.keys()];
  }

  /** Returns the groups of an operation. */
  groupsOf(operation: Operation): string[] {
    return [...this.#groups].filter(([, members]) => members.has(operation)).map(([id]) => id);
  }
}

export const isIn = (ids: readonly string[]): string => `action in ${list(ids.map(action))}`;

const isWildcard = (selector: string): boolean => selector.startsWith("ANY ") || selector.includes("*");

function matcher(selector: string): (operation: Operation) => boolean {
  const [methods = "", path] = selector.split(" ");
  if (path === undefined)
    return selector.endsWith(".*")
      ? ({ permission }) => permission?.startsWith(selector.slice(0, -1)) === true
      : ({ permission }) => permission === selector;
  const pattern = pathPattern(path);
  return ({ route }) =>
    (methods === "ANY" || methods.split("|").includes(route.method)) && pattern.test(route.path);
}

/** Returns the expression of the path templates that a path of a selector matches. */
function pathPattern(path: string): RegExp {
  const rest = path.endsWith("/**");
  const segments = (rest ? path.slice(0, -"/**".length) : path).split("/").slice(1);
  const fixed = segments
    .map((segment) => (segment === "*" ? "/\\{[^{}+]+\\}" : `/${escapePattern(segment)}`))
    .join("");
  return new RegExp(rest ? `^${fixed}(/.*)?$` : `^${fixed}$`, "u");
}

const escapePattern = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
