import type { ApiShape } from "../api-shape.ts";
import { type Check, error, examineBoth, joinNames, note } from "../check.ts";
import { deployStage } from "../fixes.ts";

export const deployment: Check = {
  name: "deployment",
  claim: "the stage serves the current API: nothing changed after the last deployment",
  find: (state) =>
    examineBoth(state.api, state.deployed, ({ shape }, deployed) => {
      const changes = differences(shape, deployed);
      const notes = lacksResponses(shape, deployed)
        ? [note("the stage's export has no gateway responses, so they were not compared")]
        : [];
      if (changes.length === 0) return notes;
      return [
        ...notes,
        error(
          `the API changed after the stage ${state.target.stage} was deployed: ${joinNames(changes)}`,
          `if the API itself is correct (no error above): ${deployStage(state)}`,
        ),
      ];
    }),
};

function differences(now: ApiShape, deployed: ApiShape): string[] {
  return [
    ...compare("", now.guards, deployed.guards, (guard) => guard),
    ...compare("authorizer ", now.authorizers, deployed.authorizers, JSON.stringify),
    ...(lacksResponses(now, deployed)
      ? []
      : compare("gateway response ", now.responses, deployed.responses, ({ template }) => template)),
  ];
}

/** AWS does not document that an export contains gateway responses. */
const lacksResponses = (now: ApiShape, deployed: ApiShape): boolean =>
  now.responses.size > 0 && deployed.responses.size === 0;

function compare<T>(
  what: string,
  now: ReadonlyMap<string, T>,
  deployed: ReadonlyMap<string, T>,
  print: (value: T) => string,
): string[] {
  return [...new Set([...now.keys(), ...deployed.keys()])].sort().flatMap((name) => {
    const [is, was] = [now.get(name), deployed.get(name)];
    if (is === undefined) return [`${what}${name} was removed`];
    if (was === undefined) return [`${what}${name} is new`];
    return print(is) === print(was) ? [] : [`${what}${name} changed`];
  });
}
