import { readFileSync } from "node:fs";
import { type Method, makeRoute, matchPath, type Route } from "../core/model/route.ts";
import { loadPolicies, type PolicyFiles, type PolicySet } from "../core/policy-files/model/policy-set.ts";
import { random } from "../tests/load/random.ts";

/** GitHub's own API, of its OpenAPI document: methods, paths and the tag of each. */
const DOCUMENT = new URL("../tests/exact/fixtures/github-api.json", import.meta.url);
const SEED = 20_261_126;
/** Of the routes, for each role. */
const SHARE = 0.2;

/** Some of GitHub's routes and roles over them. */
export interface GithubApi {
  readonly routes: readonly TaggedRoute[];
  /** Of each role: the keys of the routes that it grants. */
  readonly roles: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface TaggedRoute extends Route {
  readonly tag: string;
}

/**
 * The first `count` routes of whole tags in a drawn order, and roles that grant a fifth of them each. A role that
 * grants a route grants what its path reaches too (`/gists/{id}` reaches `/gists/public`): otherwise engines that
 * match paths by patterns could not give the same answers.
 */
export function githubApi(count: number, roles = 10): GithubApi {
  const choices = random(SEED);
  const tags = shuffled(choices, [...byTag()]);
  const routes = tags.flatMap(([, own]) => own).slice(0, count);
  const drawn = Array.from({ length: roles }, (_, index) => {
    const own = routes.filter(() => choices.chance(SHARE));
    return [`role-${index}`, new Set(own.flatMap((route) => reachedBy(route, routes)))] as const;
  });
  return { routes, roles: new Map(drawn) };
}

function byTag(): Map<string, TaggedRoute[]> {
  const { paths } = JSON.parse(readFileSync(DOCUMENT, "utf8")) as {
    paths: Readonly<Record<string, Readonly<Record<string, string>>>>;
  };
  const tags = new Map<string, TaggedRoute[]>();
  for (const [path, methods] of Object.entries(paths))
    for (const [method, tag] of Object.entries(methods))
      tags.set(tag, [...(tags.get(tag) ?? []), { ...makeRoute(method as Method, path), tag }]);
  return tags;
}

const reachedBy = (route: TaggedRoute, routes: readonly TaggedRoute[]): string[] =>
  routes
    .filter(({ method, path }) => method === route.method && matchPath(route.segments, exampleOf(path)))
    .map(({ key }) => key);

/** A request's path: each parameter is a value that is no literal of the API. */
export const exampleOf = (path: string): string => path.replace(/\{[^}]*\}/g, "x7");

function shuffled<T>(choices: ReturnType<typeof random>, all: readonly T[]): T[] {
  return all
    .map((each) => ({ each, at: choices.whole(1_000_000) }))
    .sort((a, b) => a.at - b.at)
    .map(({ each }) => each);
}

/** The same as the files of a policy folder; `tenants` are further files below `tenants/`. */
export function policyFiles({ routes, roles }: GithubApi, tenants: PolicyFiles = new Map()): PolicyFiles {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { method, path } of routes)
    paths[path] = {
      ...paths[path],
      [method.toLowerCase()]: { responses: { 200: { description: "" } }, "x-portcullis": { backend: "api" } },
    };
  const api = {
    openapi: "3.0.3",
    info: { title: "GitHub's", version: "1" },
    "x-portcullis": { backends: { api: "http" } },
    paths,
  };
  return new Map([
    ["api.yaml", JSON.stringify(api)],
    ...[...roles].map(
      ([name, keys]) => [`roles/${name}.yaml`, JSON.stringify({ allow: [...keys] })] as const,
    ),
    ...tenants,
  ]);
}

/** @throws where the files have an error */
export function loaded(files: PolicyFiles): PolicySet {
  const { policies, problems } = loadPolicies(files, "bench");
  if (policies === undefined)
    throw new Error(`The files have errors: ${JSON.stringify(problems.slice(0, 3))}`);
  return policies;
}
