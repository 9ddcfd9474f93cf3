import { pick, type Random, shapedRequest } from "../oracle/naive-requests.ts";
import type { NaiveRoute } from "../oracle/naive-routes.ts";
import type { NaiveRequest } from "../oracle/naive-verifier.ts";

/** Requests of an API, each shaped after another route, one time in two after one that begins alike. */
export class RequestSource {
  readonly #routes: readonly NaiveRoute[];
  readonly #beginningAlike = new Map<string, NaiveRoute[]>();
  readonly #random: Random;

  constructor(routes: readonly NaiveRoute[], random: Random) {
    this.#routes = routes;
    this.#random = random;
    for (const route of routes) {
      const first = route.segments[0] ?? "";
      this.#beginningAlike.set(first, [...(this.#beginningAlike.get(first) ?? []), route]);
    }
  }

  next(): NaiveRequest {
    const route = pick(this.#random, this.#routes);
    const alike = this.#beginningAlike.get(route.segments[0] ?? "") ?? this.#routes;
    return shapedRequest(
      route,
      pick(this.#random, this.#random() < 0.5 ? alike : this.#routes),
      [],
      this.#random,
    );
  }
}
