import { imitatingRequest, pick, type Random } from "../oracle/naive-requests.ts";
import type { NaiveRoute } from "../oracle/naive-routes.ts";
import type { NaiveRequest } from "../oracle/naive-verifier.ts";

/**
 * Generates requests of an API. Each imitates another route, in half of the cases one with the same first
 * segment.
 */
export class RequestSource {
  readonly #routes: readonly NaiveRoute[];
  readonly #byFirstSegment = new Map<string, NaiveRoute[]>();
  readonly #random: Random;

  constructor(routes: readonly NaiveRoute[], random: Random) {
    this.#routes = routes;
    this.#random = random;
    for (const route of routes) {
      const first = route.segments[0] ?? "";
      this.#byFirstSegment.set(first, [...(this.#byFirstSegment.get(first) ?? []), route]);
    }
  }

  next(): NaiveRequest {
    const route = pick(this.#random, this.#routes);
    const similar = this.#byFirstSegment.get(route.segments[0] ?? "") ?? this.#routes;
    return imitatingRequest(
      route,
      pick(this.#random, this.#random() < 0.5 ? similar : this.#routes),
      [],
      this.#random,
    );
  }
}
