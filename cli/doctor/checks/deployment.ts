import type { ApiShape } from "../api-shape.ts";
import { type Check, error, givenBoth, listed, note } from "../check.ts";
import { deployStage } from "../fixes.ts";

export const deployment: Check = {
  name: "deployment",
  claim: "the stage serves the API as it is now: nothing changed since it was deployed",
  find: (state) =>
    givenBoth(state.api, state.deployed, ({ shape }, deployed) => {
      const apart = differences(shape, deployed);
      const partly = isLeftOut(shape, deployed)
        ? [note("the stage's export has no gateway responses: they were not compared")]
        : [];
      if (apart.length === 0) return partly;
      return [
        ...partly,
        error(
          `the API changed since stage ${state.target.stage} was deployed: ${listed(apart)}`,
          `if the API is right as it is (nothing above says otherwise): ${deployStage(state)}`,
        ),
      ];
    }),
};

function differences(now: ApiShape, deployed: ApiShape): string[] {
  return [
    ...between("", now.guards, deployed.guards, (guard) => guard),
    ...between("authorizer ", now.authorizers, deployed.authorizers, JSON.stringify),
    ...(isLeftOut(now, deployed)
      ? []
      : between("gateway response ", now.responses, deployed.responses, ({ template }) => template)),
  ];
}

/** AWS does not say that an export has them. */
const isLeftOut = (now: ApiShape, deployed: ApiShape): boolean =>
  now.responses.size > 0 && deployed.responses.size === 0;

function between<T>(
  what: string,
  now: ReadonlyMap<string, T>,
  deployed: ReadonlyMap<string, T>,
  print: (value: T) => string,
): string[] {
  return [...new Set([...now.keys(), ...deployed.keys()])].sort().flatMap((name) => {
    const [is, was] = [now.get(name), deployed.get(name)];
    if (is === undefined) return [`${what}${name} is gone`];
    if (was === undefined) return [`${what}${name} is new`];
    return print(is) === print(was) ? [] : [`${what}${name} is another`];
  });
}
