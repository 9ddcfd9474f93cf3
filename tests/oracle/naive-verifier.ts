import type { Evaluate } from "./naive-matcher.ts";
import { holds } from "./naive-rights.ts";
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

/**
 * Alternatives of values that parameters must have. A request must match one; parameters without a value are
 * free.
 */
export type Alternatives = readonly Bound[];
type Bound = Readonly<Record<string, string>>;

/**
 * The input of the verifier for one caller: the documents and the grants. It uses nothing else of the product.
 */
export interface Subject {
  readonly routes: readonly NaiveRoute[];
  readonly base: string;
  /** The grants by the route's key. */
  readonly granted: ReadonlyMap<string, Alternatives>;
  /** Returns the document for requests of a route; undefined if no document allows it. */
  documentFor(key: string): Evaluate | undefined;
  /** Whether a trailing slash must be allowed after a literal. */
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
   * The number of requests that no policy can distinguish from granted ones if AWS decodes `%2F`. Their route
   * has a free `{proxy+}` and a bound first parameter, whose value starts with the caller's value and an
   * encoded slash.
   */
  readonly indistinguishable: number;
}

export interface NaiveRequest {
  readonly method: string;
  readonly path: string;
}

/** Verifies requests one by one and counts them. It stores at most 20 findings. */
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

  /** Verifies a request. If it reaches no route, API Gateway denies it without a policy. */
  try(request: NaiveRequest): void {
    const reached = this.#router.reached(request.method, request.path);
    if (reached.length === 0) return;
    this.#requests++;
    const arns = this.#listArns(request);
    for (const one of reached) for (const arn of arns) this.#judge(request, one, arn);
  }

  /** Lists the request's ARNs in each reading, with and without a trailing slash. */
  #listArns({ method, path }: NaiveRequest): Arn[] {
    const { base, decodedSlashes } = this.#subject;
    const other = path.endsWith("/") ? path.slice(0, -1) : `${path}/`;
    const sent = other === "" ? [path] : [path, other];
    const asSent = new Set(sent.flatMap((one) => [one, decodeAllButSlashes(one)]));
    const decoded = new Set(decodedSlashes ? sent.map(decodeOnce).filter((one) => !asSent.has(one)) : []);
    return [...asSent, ...decoded].map((one) => ({
      value: `${base}/${method}${one}`,
      path: one,
      slashesDecoded: decoded.has(one),
    }));
  }

  #judge(request: NaiveRequest, reached: Reached, arn: Arn): void {
    this.#evaluations++;
    const { route } = reached;
    const alternatives = this.#subject.granted.get(route.key) ?? [];
    const allowed = this.#subject.documentFor(route.key)?.(arn.value) === true;
    const matching = alternatives.filter((values) => holds(values, reached.values));
    if (allowed && matching.length === 0) {
      if (this.#isIndistinguishable(reached, alternatives)) this.#indistinguishable++;
      else this.#report("over-grant", request, route, arn);
    }
    const mayDeny = (values: Bound) => this.#mayDeny(values, reached, arn, alternatives);
    if (!allowed && matching.some((values) => !mayDeny(values)))
      this.#report("over-denial", request, route, arn);
  }

  /** Returns whether a policy may deny a request although its route is granted. */
  #mayDeny(bound: Bound, reached: Reached, arn: Arn, alternatives: Alternatives): boolean {
    const { route, values, canonical } = reached;
    if (!canonical || arn.path.includes("//") || hasDotSegment(arn.path)) return true;
    const names = Object.keys(bound);
    if (!names.every((name) => isEncodable(bound[name] ?? ""))) return true;
    if (!names.every((name) => spellings(bound[name] ?? "").includes(values[name] ?? ""))) return true;
    const last = route.segments.at(-1);
    if (arn.path.endsWith("/") && last !== undefined) {
      if (!isParameter(last) && !this.#subject.slashes) return true;
      // `/users/ann/` may have been sent as `/users/ann%2F`, which is the value of another user.
      if (isParameter(last) && names.includes(nameOf(last))) return true;
    }
    if (names.length === 0) return false;
    // With a free `{proxy+}`, no parameter can be limited to one segment, so that only the first can be bound.
    const proxy = nameOf(last ?? "");
    if (isGreedy(last ?? "") && alternatives.some((other) => !(proxy in other))) {
      const [first] = route.parameters;
      if (names.includes(proxy) || names.some((name) => name !== first)) return true;
    }
    // With a decoded slash in a free value, the ARN is the same as that of a request that is not granted.
    return route.parameters.some(
      (name) => !names.includes(name) && arn.slashesDecoded && /%2f/i.test(values[name] ?? ""),
    );
  }

  #isIndistinguishable({ route, values }: Reached, alternatives: Alternatives): boolean {
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
  readonly value: string;
  readonly path: string;
  readonly slashesDecoded: boolean;
}

const isEncodable = (value: string): boolean =>
  value.length > 0 &&
  value.length <= 128 &&
  value !== "." &&
  value !== ".." &&
  [...value].every((character) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~@:+=,!|".includes(character),
  );

/** Lists the spellings of a value: raw, and percent-encoded with upper-case and lower-case hex. */
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
