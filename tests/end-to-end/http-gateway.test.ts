import type { Case } from "./cases.ts";
import { DECISIONS } from "./cases.ts";
import { startHttpGateway } from "./front-http.ts";
import { describeFront } from "./suite.ts";

const cases = DECISIONS.map((one): Case => (one.unrouted ? { ...one, status: 404 } : one));

describeFront("the local HTTP API, simple responses", startHttpGateway("http-simple"), {
  verifies: true,
  modes: ["route", "off"],
  cases,
});
describeFront("the local HTTP API, policies", startHttpGateway("http-iam"), {
  verifies: true,
  modes: ["route"],
  cases,
});
