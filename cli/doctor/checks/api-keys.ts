import { type Check, error, examineRead } from "../check.ts";
import { deployAgain, deployStage } from "../fixes.ts";

export const apiKeys: Check = {
  name: "api-keys",
  claim: "where methods require the API key of a usage plan, the authorizer names it",
  theirsIfAdopted: true,
  find: (state) =>
    examineRead(state.api, ({ keySource, keyed }) =>
      keyed.length === 0 || keySource === "AUTHORIZER"
        ? []
        : [
            error(
              `${keyed.length === 1 ? "1 method requires" : `${keyed.length} methods require`} an API key, but API Gateway reads it from the header x-api-key (key source ${keySource}), so callers get 403 INVALID_API_KEY`,
              `${deployAgain(state.target)}; then ${deployStage(state)}`,
            ),
          ],
    ),
};
