import { expect, test } from "vitest";
import { embeddedMetrics } from "../../lambdas/authorizer/metrics.ts";

const metrics = embeddedMetrics("portcullis-prod-authorizer");

test("where nothing is to be counted a line has no member of a metric", () => {
  expect(metrics({}, 1_000)).toEqual({});
});

test("each count is declared, and stands with its dimension at the line's root, as CloudWatch reads it", () => {
  expect(metrics({ StalePermissions: 1, StaleKeys: 1 }, 1_000)).toEqual({
    _aws: {
      Timestamp: 1_000,
      CloudWatchMetrics: [
        {
          Namespace: "Portcullis",
          Dimensions: [["FunctionName"]],
          Metrics: [
            { Name: "StalePermissions", Unit: "Count" },
            { Name: "StaleKeys", Unit: "Count" },
          ],
        },
      ],
    },
    FunctionName: "portcullis-prod-authorizer",
    StalePermissions: 1,
    StaleKeys: 1,
  });
});
