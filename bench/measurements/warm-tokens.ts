import type { AuthorizerResponse } from "../../core/policy/authorizer-response.ts";
import type { Case, Measurement, Sample } from "../measurement.ts";
import { bundleHandlers, type Handle } from "../warm/bundled.ts";
import { browserEvent } from "../warm/event.ts";
import type { OurHandler } from "../warm/ours.ts";
import { GRANTED } from "../warm/permissions.ts";
import { ALGORITHMS, makeSigner } from "../warm/signer.ts";

const OURS = "Portcullis";
const FLOOR = "node:crypto by hand";
const NEW_TOKEN = "new token, JSON in and out";
const REPEATED = "repeated token, JSON in and out";
const REPEATED_OBJECTS = "repeated token, objects in and out";
/** More than a round needs and more than the token cache holds, so that no token is still cached when it is used again. */
const TOKENS = 2_500;
const PER_ROUND = 500;

/** Parses the event and serializes the response, as Lambda's runtime does. */
const withJson =
  ({ authorizer }: OurHandler): Handle =>
  async (event) =>
    JSON.stringify(await authorizer(JSON.parse(event)));

/** Measures new tokens in an authorizer that has cached the keys and the table's items. */
export const warmFreshToken: Measurement = {
  name: "warm-fresh-token",
  about: "a new token: from the event's JSON to the JSON of a policy of 100 ARNs, without network",
  unit: "µs",
  rounds: 15,
  warmUps: 4,
  goals: ALGORITHMS.map((group) => ({ name: OURS, of: FLOOR, atMost: 1.7, group })),
  async prepare() {
    const { ourHandler, minimalHandlers } = await bundleHandlers();
    const cases = ALGORITHMS.map(async (group): Promise<Case[]> => {
      const signer = makeSigner(group);
      const events = Array.from({ length: TOKENS }, () => JSON.stringify(browserEvent(signer.mint())));
      const ours = ourHandler(signer);
      const { floor, peers } = minimalHandlers(signer);
      for (const handle of [floor, withJson(ours), ...Object.values(peers)])
        checkPolicy(await handle(JSON.stringify(browserEvent(signer.mint()))));
      return [
        { name: FLOOR, kind: "floor", group, round: rounds(floor, events) },
        { name: OURS, kind: "ours", group, round: rounds(withJson(ours), events), facts: cachedShare(ours) },
        ...Object.entries(peers).map(([name, handle]) => ({
          name,
          kind: "peer" as const,
          group,
          round: rounds(handle, events),
        })),
      ];
    });
    return { cases: (await Promise.all(cases)).flat() };
  },
};

/** Measures a token that the same authorizer has verified before. */
export const warmRepeatedToken: Measurement = {
  name: "warm-repeated-token",
  about: "a token that was verified before, compared with a new one",
  unit: "µs",
  rounds: 15,
  warmUps: 4,
  goals: ALGORITHMS.flatMap((group) => [
    { name: REPEATED, of: NEW_TOKEN, atMost: 0.5, group },
    { name: REPEATED_OBJECTS, of: null, atMost: 5, group },
  ]),
  async prepare() {
    const { ourHandler } = await bundleHandlers();
    const cases = ALGORITHMS.map(async (group): Promise<Case[]> => {
      const signer = makeSigner(group);
      const events = Array.from({ length: TOKENS }, () => JSON.stringify(browserEvent(signer.mint())));
      const [fresh, repeated, objects] = [ourHandler(signer), ourHandler(signer), ourHandler(signer)];
      const event = browserEvent(signer.mint());
      const sameEvent = JSON.stringify(event);
      checkPolicy(await withJson(fresh)(sameEvent));
      const decide = () => objects.authorizer(event);
      return [
        {
          name: NEW_TOKEN,
          kind: "ours",
          group,
          round: rounds(withJson(fresh), events),
          facts: cachedShare(fresh),
        },
        {
          name: REPEATED,
          kind: "ours",
          group,
          round: rounds(withJson(repeated), [sameEvent]),
          facts: cachedShare(repeated),
        },
        {
          name: REPEATED_OBJECTS,
          kind: "ours",
          group,
          round: rounds(decide, [sameEvent]),
          facts: cachedShare(objects),
        },
      ];
    });
    return { cases: (await Promise.all(cases)).flat() };
  },
};

/** Returns a round that handles the next events of the list, and continues where the previous round ended. */
function rounds(
  handle: (event: string) => Promise<unknown>,
  events: readonly string[],
): () => Promise<Sample> {
  let at = 0;
  return async () => {
    const [started, cpuBefore] = [performance.now(), process.cpuUsage()];
    for (let left = PER_ROUND; left > 0; left--) await handle(events[at++ % events.length] as string);
    const { user, system } = process.cpuUsage(cpuBefore);
    const value = ((performance.now() - started) * 1_000) / PER_ROUND;
    return { value, alongside: { "µs of CPU": (user + system) / PER_ROUND } };
  };
}

const cachedShare =
  ({ counts }: OurHandler) =>
  () =>
    Promise.resolve({ "cached share": counts.cached / counts.decisions });

/** Checks that a handler returns the same policy as the others. @throws Error if the policy differs */
function checkPolicy(response: string): void {
  const { policyDocument } = JSON.parse(response) as AuthorizerResponse;
  const [allowed] = policyDocument.Statement;
  if (allowed?.Effect !== "Allow" || allowed.Resource.length !== GRANTED.length)
    throw new Error(
      "The policy does not list the 100 granted routes, so the handler does not do the same work as the others",
    );
}
