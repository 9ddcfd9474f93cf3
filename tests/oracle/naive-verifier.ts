import type { Evaluate } from "./naive-matcher.ts";
import {
  decodeAllButSlashes,
  decodeOnce,
  isGreedy,
  isParameter,
  type NaiveRoute,
  NaiveRouter,
  nameOf,
  type Reached,
} from "./naive-routes.ts";

/** Values that parameters must have; none: any. One alternative suffices. */
export type Alternatives = readonly Bound[];
type Bound = Readonly<Record<string, string>>;

/** What the verifier is given of one caller: the documents and what was granted. Nothing else of the product. */
export interface Subject {
  readonly routes: readonly NaiveRoute[];
  readonly base: string;
  /** By the route's key. */
  readonly granted: ReadonlyMap<string, Alternatives>;
  /** The document that a request of this route is evaluated with; undefined: none allows it. */
  documentFor(key: string): Evaluate | undefined;
  /** Whether a slash at the end of a path that ends in a literal has to be allowed. */
  readonly slashes: boolean;
  /** Whether AWS may decode `%2F` in the ARN that it evaluates. */
  readonly decodedSlashes: boolean;
}

export interface Finding {
  readonly kind: "over-grant" | "over-denial";
  readonly route: string;
  readonly request: string;
  readonly arn: string;
}

export interface Verdict {
  readonly requests: number;
  readonly evaluations: number;
  readonly findings: readonly Finding[];
  /**
   * Requests that no policy can tell apart from granted ones if AWS decodes `%2F`: those of a route with a free
   * `{proxy+}` and a bound first parameter, whose value is the caller's own, an encoded slash and more.
   */
  readonly indistinguishable: number;
}

export interface NaiveRequest {
  readonly method: string;
  readonly path: string;
}

/** Judges requests one by one and keeps count; at most 20 findings are kept. */
export class Verifier {
  readonly #subject: Subject;
  readonly #router: NaiveRouter;
  readonly #findings: Finding[] = [];
  #requests = 0;
  #evaluations = 0;
  #indistinguishable = 0;

  constructor(subject: Subject) {
    this.#subject = subject;
    this.#router = new NaiveRouter(subject.routes);
  }

  get verdict(): Verdict {
    return {
      requests: this.#requests,
      evaluations: this.#evaluations,
      findings: this.#findings,
      indistinguishable: this.#indistinguishable,
    };
  }

  /** A request that reaches no route at all is API Gateway's own 403, and no policy is asked. */
  try(request: NaiveRequest): void {
    const reached = this.#router.reached(request.method, request.path);
    if (reached.length === 0) return;
    this.#requests++;
    const arns = this.#arns(request);
    for (const one of reached) for (const arn of arns) this.#judge(request, one, arn);
  }

  /** The request's ARN in each reading, with and without a slash at the end. */
  #arns({ method, path }: NaiveRequest): Arn[] {
    const { base, decodedSlashes } = this.#subject;
    const other = path.endsWith("/") ? path.slice(0, -1) : `${path}/`;
    const sent = other === "" ? [path] : [path, other];
    const asSent = new Set(sent.flatMap((one) => [one, decodeAllButSlashes(one)]));
    const decoded = new Set(decodedSlashes ? sent.map(decodeOnce).filter((one) => !asSent.has(one)) : []);
    return [...asSent, ...decoded].map((one) => ({
      text: `${base}/${method}${one}`,
      path: one,
      slashesDecoded: decoded.has(one),
    }));
  }

  #judge(request: NaiveRequest, reached: Reached, arn: Arn): void {
    this.#evaluations++;
    const { route } = reached;
    const alternatives = this.#subject.granted.get(route.key) ?? [];
    const allowed = this.#subject.documentFor(route.key)?.(arn.text) === true;
    const held = alternatives.filter((values) => holds(values, reached.values));
    if (allowed && held.length === 0) {
      if (this.#cannotBeToldApart(reached, alternatives)) this.#indistinguishable++;
      else this.#report("over-grant", request, route, arn);
    }
    const mayRefuse = (values: Bound) => this.#mayRefuse(values, reached, arn, alternatives);
    if (!allowed && held.some((values) => !mayRefuse(values)))
      this.#report("over-denial", request, route, arn);
  }

  /** What design and model let a policy refuse although the route is granted. */
  #mayRefuse(bound: Bound, reached: Reached, arn: Arn, alternatives: Alternatives): boolean {
    const { route, values, canonical } = reached;
    if (!canonical || arn.path.includes("//") || hasDotSegment(arn.path)) return true;
    const names = Object.keys(bound);
    if (!names.every((name) => isExpressible(bound[name] ?? ""))) return true;
    if (!names.every((name) => spellings(bound[name] ?? "").includes(values[name] ?? ""))) return true;
    const last = route.segments.at(-1);
    if (arn.path.endsWith("/") && last !== undefined) {
      if (!isParameter(last) && !this.#subject.slashes) return true;
      // `/users/ann/` may have been sent as `/users/ann%2F`, which is another's value.
      if (isParameter(last) && names.includes(nameOf(last))) return true;
    }
    if (names.length === 0) return false;
    // Beside a free `{proxy+}` parameters cannot be kept to one segment: only the first can be bound.
    const proxy = nameOf(last ?? "");
    if (isGreedy(last ?? "") && alternatives.some((other) => !(proxy in other))) {
      const [first] = route.parameters;
      if (names.includes(proxy) || names.some((name) => name !== first)) return true;
    }
    // A free value with a decoded slash beside a bound one: the same ARN as that of an ungranted request.
    return route.parameters.some(
      (name) => !names.includes(name) && arn.slashesDecoded && /%2f/i.test(values[name] ?? ""),
    );
  }

  #cannotBeToldApart({ route, values }: Reached, alternatives: Alternatives): boolean {
    const [first = ""] = route.parameters;
    if (!this.#subject.decodedSlashes || !isGreedy(route.segments.at(-1) ?? "")) return false;
    return alternatives.some(
      (bound) =>
        Object.keys(bound).every((name) => name === first) &&
        decodeOnce(values[first] ?? "").startsWith(`${bound[first]}/`),
    );
  }

  #report(kind: Finding["kind"], request: NaiveRequest, route: NaiveRoute, arn: Arn): void {
    if (this.#findings.length < 20)
      this.#findings.push({
        kind,
        route: route.key,
        request: `${request.method} ${request.path}`,
        arn: arn.path,
      });
  }
}

interface Arn {
  readonly text: string;
  readonly path: string;
  readonly slashesDecoded: boolean;
}

const holds = (bound: Bound, values: Readonly<Record<string, string>>): boolean =>
  Object.entries(bound).every(
    ([name, wanted]) => values[name] === wanted || decodeOnce(values[name] ?? "") === wanted,
  );

const isExpressible = (value: string): boolean =>
  value.length > 0 &&
  value.length <= 128 &&
  value !== "." &&
  value !== ".." &&
  [...value].every((character) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~@:+=,!|".includes(character),
  );

/** Raw, and with every reserved character percent-encoded in upper- or lower-case hex. */
function spellings(value: string): string[] {
  const encode = (upper: boolean): string =>
    [...value]
      .map((character) => {
        if (/[A-Za-z0-9\-._~]/.test(character)) return character;
        const hex = character.charCodeAt(0).toString(16);
        return `%${upper ? hex.toUpperCase() : hex}`;
      })
      .join("");
  return [value, encode(true), encode(false)];
}

const hasDotSegment = (path: string): boolean =>
  path.split("/").some((part) => part === "." || part === "..");
