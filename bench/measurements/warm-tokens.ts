import type { AuthorizerResponse } from "../../core/policy/authorizer-response.ts";
import type { Case, Measurement, Sample } from "../measurement.ts";
import { bundledHandlers, type Handle } from "../warm/bundled.ts";
import { browserEvent } from "../warm/event.ts";
import type { OurHandler } from "../warm/ours.ts";
import { GRANTED } from "../warm/permissions.ts";
import { ALGORITHMS, makeSigner } from "../warm/signer.ts";

const OURS = "Portcullis";
const FLOOR = "node:crypto by hand";
const WHOLE = "fresh, text in and out";
const REPEATED = "repeated, text in and out";
const INSIDE = "repeated, without the runtime's JSON";
/** More than a round takes, and than what verified tokens are kept of, so that none is known when it comes again. */
const TOKENS = 2_500;
const A_ROUND = 500;

const whole =
  ({ authorizer }: OurHandler): Handle =>
  async (text) =>
    JSON.stringify(await authorizer(JSON.parse(text)));

/** An authorizer that has its keys and its table's answers meets a token for the first time. */
export const warmFreshToken: Measurement = {
  name: "warm-fresh-token",
  about:
    "a token not met before, the event's text in, the text of a policy of 100 ARNs out, nothing to be fetched",
  unit: "µs",
  rounds: 15,
  warmUps: 4,
  reaches: ALGORITHMS.map((group) => ({ name: OURS, of: FLOOR, atMost: 1.7, group })),
  async prepare() {
    const { ourHandler, minimalHandlers } = await bundledHandlers();
    const cases = ALGORITHMS.map(async (group): Promise<Case[]> => {
      const signer = makeSigner(group);
      const texts = Array.from({ length: TOKENS }, () => JSON.stringify(browserEvent(signer.mint())));
      const ours = ourHandler(signer);
      const { floor, peers } = minimalHandlers(signer);
      for (const handle of [floor, whole(ours), ...Object.values(peers)])
        checkPolicy(await handle(JSON.stringify(browserEvent(signer.mint()))));
      return [
        { name: FLOOR, kind: "floor", group, round: rounds(floor, texts) },
        { name: OURS, kind: "ours", group, round: rounds(whole(ours), texts), facts: hits(ours) },
        ...Object.entries(peers).map(([name, handle]) => ({
          name,
          kind: "peer" as const,
          group,
          round: rounds(handle, texts),
        })),
      ];
    });
    return { cases: (await Promise.all(cases)).flat() };
  },
};

/** The same authorizer, and a token that it has verified before. */
export const warmRepeatedToken: Measurement = {
  name: "warm-repeated-token",
  about: "a token that was verified before, beside one that was not",
  unit: "µs",
  rounds: 15,
  warmUps: 4,
  reaches: ALGORITHMS.flatMap((group) => [
    { name: REPEATED, of: WHOLE, atMost: 0.5, group },
    { name: INSIDE, of: null, atMost: 5, group },
  ]),
  async prepare() {
    const { ourHandler } = await bundledHandlers();
    const cases = ALGORITHMS.map(async (group): Promise<Case[]> => {
      const signer = makeSigner(group);
      const texts = Array.from({ length: TOKENS }, () => JSON.stringify(browserEvent(signer.mint())));
      const [fresh, repeated, inside] = [ourHandler(signer), ourHandler(signer), ourHandler(signer)];
      const event = browserEvent(signer.mint());
      const same = JSON.stringify(event);
      checkPolicy(await whole(fresh)(same));
      const decide = () => inside.authorizer(event);
      return [
        { name: WHOLE, kind: "ours", group, round: rounds(whole(fresh), texts), facts: hits(fresh) },
        {
          name: REPEATED,
          kind: "ours",
          group,
          round: rounds(whole(repeated), [same]),
          facts: hits(repeated),
        },
        { name: INSIDE, kind: "ours", group, round: rounds(decide, [same]), facts: hits(inside) },
      ];
    });
    return { cases: (await Promise.all(cases)).flat() };
  },
};

/** Goes through the texts, and on with the next in the next round; gives the µs that one took. */
function rounds(handle: (text: string) => Promise<unknown>, texts: readonly string[]): () => Promise<Sample> {
  let at = 0;
  return async () => {
    const [since, before] = [performance.now(), process.cpuUsage()];
    for (let left = A_ROUND; left > 0; left--) await handle(texts[at++ % texts.length] as string);
    const { user, system } = process.cpuUsage(before);
    const value = ((performance.now() - since) * 1_000) / A_ROUND;
    return { value, beside: { "µs of CPU": (user + system) / A_ROUND } };
  };
}

const hits =
  ({ seen }: OurHandler) =>
  () =>
    Promise.resolve({ "tokens known": seen.cached / seen.decisions });

/** @throws where the policy is another than the others', so that something else would be measured */
function checkPolicy(text: string): void {
  const { policyDocument } = JSON.parse(text) as AuthorizerResponse;
  const [allowed] = policyDocument.Statement;
  if (allowed?.Effect !== "Allow" || allowed.Resource.length !== GRANTED.length)
    throw new Error("The policy does not allow the 100 routes one by one");
}
