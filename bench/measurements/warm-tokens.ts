import type { AuthorizerResponse } from "../../core/policy/authorizer-response.ts";
import type { Authorizer } from "../../lambdas/authorizer/handle-request.ts";
import type { Case, Measurement, Sample } from "../measurement.ts";
import { bundleHandlers, type Handle } from "../warm/bundled.ts";
import { browserEvent } from "../warm/event.ts";
import { GRANTED } from "../warm/permissions.ts";
import { ALGORITHMS, makeSigner } from "../warm/signer.ts";

const OURS = "Portcullis";
const FLOOR = "node:crypto by hand";
/** Lambda's billing unit of 1 ms, in µs. */
const BILLING_UNIT = 1_000;
/** More than a round needs. */
const TOKENS = 2_500;
const PER_ROUND = 500;

/** Parses the event and serializes the response, as Lambda's runtime does. */
const withJson =
  (authorizer: Authorizer): Handle =>
  async (event) =>
    JSON.stringify(await authorizer(JSON.parse(event)));

/** Measures new tokens in an authorizer that has cached the keys and the table's items. */
export const warmFreshToken: Measurement = {
  name: "warm-fresh-token",
  about: "a new token: from the event's JSON to the JSON of a policy of 100 ARNs, without network",
  unit: "µs",
  rounds: 15,
  warmUps: 4,
  goals: ALGORITHMS.map((group) => ({ name: OURS, of: null, atMost: BILLING_UNIT, group })),
  async prepare() {
    const { ourAuthorizer, minimalHandlers } = await bundleHandlers();
    const cases = ALGORITHMS.map(async (group): Promise<Case[]> => {
      const signer = makeSigner(group);
      const events = Array.from({ length: TOKENS }, () => JSON.stringify(browserEvent(signer.mint())));
      const ours = ourAuthorizer(signer);
      const { floor, peers } = minimalHandlers(signer);
      for (const handle of [floor, withJson(ours), ...Object.values(peers)])
        checkPolicy(await handle(JSON.stringify(browserEvent(signer.mint()))));
      return [
        { name: FLOOR, kind: "floor", group, round: rounds(floor, events) },
        { name: OURS, kind: "ours", group, round: rounds(withJson(ours), events) },
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

/** Checks that a handler returns the same policy as the others. @throws Error if the policy differs */
function checkPolicy(response: string): void {
  const { policyDocument } = JSON.parse(response) as AuthorizerResponse;
  const [allowed] = policyDocument.Statement;
  if (allowed?.Effect !== "Allow" || [allowed.Resource].flat().length !== GRANTED.length)
    throw new Error(
      "The policy does not list the 100 granted routes, so the handler does not do the same work as the others",
    );
}
