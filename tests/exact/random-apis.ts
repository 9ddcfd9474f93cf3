import fc from "fast-check";
import type { Binding, BindingSource } from "../../core/model/grant.ts";
import { naiveRoute } from "../oracle/naive-routes.ts";
import type { Grants } from "./worlds.ts";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const LITERALS = ["a", "b", "a.b", "c:d", "me", "search"];

/**
 * Paths of few words, so that they overlap deeply. A parameter has one name at one position, as AWS requires.
 */
const path: fc.Arbitrary<string> = fc
  .tuple(
    fc.array(
      fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom(...LITERALS) },
        { weight: 3, arbitrary: fc.constant("{}") },
      ),
      {
        maxLength: 5,
      },
    ),
    fc.oneof({ weight: 8, arbitrary: fc.constant(false) }, { weight: 2, arbitrary: fc.constant(true) }),
  )
  .map(([parts, proxy]) => {
    const named = parts.map((part, position) => (part === "{}" ? `{p${position}}` : part));
    return `/${[...named, ...(proxy ? ["{proxy+}"] : [])].join("/")}`;
  });

const methods = fc.oneof(
  { weight: 4, arbitrary: fc.subarray(METHODS, { minLength: 1, maxLength: 2 }) },
  { weight: 1, arbitrary: fc.constant(METHODS) },
);

/** Generates the keys of an API's routes, in no particular order. */
export const apiKeys = (maxPaths: number): fc.Arbitrary<string[]> =>
  fc
    .uniqueArray(path, { minLength: 1, maxLength: maxPaths })
    .chain((paths) =>
      fc.tuple(...paths.map((one) => methods.map((list) => list.map((method) => `${method} ${one}`)))),
    )
    .map((routes) => routes.flat());

const SOURCES: readonly BindingSource[] = ["subject", "tenant", "claim.dept"];

const bindingFor = (names: readonly string[]): fc.Arbitrary<Binding> =>
  fc
    .subarray([...names], { minLength: Math.min(1, names.length) })
    .chain((chosen) =>
      fc
        .tuple(
          ...chosen.map((name) => fc.constantFrom(...SOURCES).map((source) => [name, [source]] as const)),
        )
        .map((entries) => Object.fromEntries(entries)),
    );

const bindingsFor = (key: string): fc.Arbitrary<readonly Binding[]> => {
  const { parameters } = naiveRoute(key);
  const free = fc.constant<readonly Binding[]>([{}]);
  if (parameters.length === 0) return free;
  const bound = fc.uniqueArray(bindingFor(parameters), {
    minLength: 1,
    maxLength: 2,
    selector: (binding) => JSON.stringify(binding),
  });
  return fc.oneof({ weight: 2, arbitrary: free }, { weight: 2, arbitrary: bound });
};

export interface RandomCase {
  readonly keys: readonly string[];
  /** All grants of all roles. */
  readonly grants: Grants;
  /** The grants of the caller's roles. */
  readonly held: Grants;
}

/** Generates an API, the grants of its roles, and a caller who has some of them. */
export const randomCase = (maxPaths: number): fc.Arbitrary<RandomCase> =>
  apiKeys(maxPaths).chain((keys) =>
    fc
      .tuple(
        fc.tuple(...keys.map(bindingsFor)),
        fc.array(fc.boolean(), { minLength: keys.length, maxLength: keys.length }),
      )
      .map(([bindings, chosen]) => {
        const entries = keys.map((key, index) => [key, bindings[index] ?? []] as const);
        return {
          keys,
          grants: new Map(entries),
          held: new Map(entries.filter((_, index) => chosen[index] === true)),
        };
      }),
  );
