import type { Case } from "./cases.ts";
import { DECISIONS } from "./cases.ts";
import { describeTarget } from "./suite.ts";
import { startHttpGateway } from "./target-http.ts";

const cases = DECISIONS.map((one): Case => (one.unrouted ? { ...one, status: 404 } : one));

describeTarget("the local HTTP API, simple responses", startHttpGateway("http-simple"), {
  verifies: true,
  modes: ["route", "off"],
  cases,
});
describeTarget("the local HTTP API, policies", startHttpGateway("http-iam"), {
  verifies: true,
  modes: ["route"],
  cases,
});
