import type { Effort, Traffic } from "./inputs.ts";
import { exponential, geometric, type Random, randomOf, zipf } from "./random.ts";

/** A request as the model needs it. */
export interface Request {
  /** In seconds. */
  readonly at: number;
  readonly token: number;
  readonly tenant: number;
  readonly route: number;
}

/** Requests in the order of their times, of a part of the users. */
export interface Trace {
  readonly requests: readonly Request[];
  /** From here to `end` what happens is counted, in seconds. */
  readonly from: number;
  readonly end: number;
  /** So many times as many users make the whole traffic. */
  readonly times: number;
}

const DAY = 86_400;

/**
 * Users of tenants, both by Zipf, begin sessions at random times; a session is pages with pauses between, a page some
 * requests at once. Tokens end and are renewed. Tokens are independent of each other, so a part of the users stands
 * for all: it is as many users as make `effort.sampleRate` requests a second.
 */
export function makeTrace(traffic: Traffic, routes: number, effort: Effort): Trace {
  const random = randomOf(effort.seed);
  const rate = Math.min(traffic.rate, effort.sampleRate);
  const counted = traffic.dailySwing > 0 ? DAY : Math.max(effort.countedSeconds, effort.leastRequests / rate);
  const from = Math.min(counted, effort.countedSeconds);
  const end = from + counted;
  const begin = sessionStarts(traffic, rate, end, random);
  const someone = population(traffic, rate, random);
  const route = zipf(routes, traffic.routeExponent);
  const requests: Request[] = [];
  for (const start of begin) {
    const user = someone();
    for (const at of pageRequests(traffic, start, random)) {
      if (at >= end) continue;
      requests.push({ at, token: user.tokenAt(at), tenant: user.tenant, route: route.draw(random) });
    }
  }
  requests.sort((a, b) => a.at - b.at);
  return atRate({ requests, from, end, times: 1 }, traffic.rate, effort);
}

/** The same users, as many of them as make so many requests a second; no more than there are up to the sample's rate. */
export function atRate(trace: Trace, rate: number, effort: Effort): Trace {
  if (rate <= effort.sampleRate) return trace;
  const counted = trace.requests.length - trace.requests.findIndex(({ at }) => at >= trace.from);
  return { ...trace, times: (rate * (trace.end - trace.from)) / counted };
}

function* sessionStarts(traffic: Traffic, rate: number, end: number, random: Random): Generator<number> {
  const { dailySwing, pages, requestsPerPage } = traffic;
  const busiest = (rate / (pages * requestsPerPage)) * (1 + dailySwing);
  for (let at = exponential(random, 1 / busiest); at < end; at += exponential(random, 1 / busiest)) {
    const share = 1 - dailySwing * Math.cos((2 * Math.PI * at) / DAY);
    if (random() * (1 + dailySwing) < share) yield at;
  }
}

function* pageRequests(traffic: Traffic, start: number, random: Random): Generator<number> {
  const pages = geometric(random, traffic.pages);
  for (let page = 0, at = start; page < pages; page++, at += exponential(random, traffic.thinkSeconds)) {
    const requests = geometric(random, traffic.requestsPerPage);
    for (let request = 0; request < requests; request++) yield at + random() * traffic.pageSeconds;
  }
}

const LEAST_USERS = 20;

interface User {
  readonly tenant: number;
  /** Its token at a time; a new one where the last has ended. */
  tokenAt(at: number): number;
}

function population(traffic: Traffic, rate: number, random: Random): () => User {
  const users = Math.max(LEAST_USERS, traffic.rate * traffic.usersPerRate);
  const tenants = zipf(
    Math.max(1, Math.min(traffic.mostTenants, Math.floor(users / 10))),
    traffic.tenantExponent,
  );
  const sampled = (users * rate) / traffic.rate;
  const membershipState = tenants.shares.map((share) =>
    zipf(Math.max(1, Math.round(sampled * share)), traffic.userExponent),
  );
  const known = new Map<string, User>();
  let tokens = 0;
  const newUser = (tenant: number): User => {
    let [token, until] = [0, Number.NEGATIVE_INFINITY];
    return {
      tenant,
      tokenAt(at) {
        if (at >= until) [token, until] = [++tokens, at + traffic.tokenSeconds];
        return token;
      },
    };
  };
  return () => {
    const tenant = tenants.draw(random);
    const name = `${tenant} ${membershipState[tenant]?.draw(random)}`;
    const user = known.get(name) ?? newUser(tenant);
    known.set(name, user);
    return user;
  };
}
