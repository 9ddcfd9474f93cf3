import type { NaiveDocument } from "../oracle/naive-matcher.ts";
import { pathsOf } from "../oracle/naive-requests.ts";
import { type Verdict, Verifier } from "../oracle/naive-verifier.ts";
import { ANN, type Grants, ownValues, Responses, verifierSubject, type Who, type World } from "./worlds.ts";

/** Runs the brute-force verifier for every pair of a world's paths, with every method of the world. */
export function verifyPairs(
  world: World,
  grants: Grants,
  who: Who = ANN,
  change?: (document: NaiveDocument) => NaiveDocument,
): Verdict {
  const verifier = new Verifier(
    verifierSubject(world, grants, new Responses(world, grants, who, change), who),
  );
  const bound = [...grants.values()].flat().flatMap((binding) => Object.values(binding));
  const values = bound.length > 0 ? ownValues(who) : [];
  const paths = [...new Map(world.routes.map((route) => [route.segments.join("/"), route])).values()];
  const methods = new Set(world.routes.map((route) => route.method));
  const tried = new Set<string>();
  for (const route of paths)
    for (const other of paths)
      for (const path of pathsOf(route, other, values)) {
        if (tried.has(path)) continue;
        tried.add(path);
        for (const method of methods) verifier.try({ method, path });
      }
  return verifier.verdict;
}
