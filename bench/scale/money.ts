import type { Platform, Settings } from "./inputs.ts";
import type { Prices } from "./prices.ts";
import type { Outcome } from "./simulate.ts";

/** US dollars for a million requests to the API. */
export interface Costs {
  readonly lambdaCalls: number;
  readonly lambdaTime: number;
  readonly provisioned: number;
  readonly tableReads: number;
  readonly decisionLog: number;
  /** All of the above: what there is because of Portcullis, and is compared. */
  readonly own: number;
  /** What an API has with any authorization: the requests, a line of the access log for each, and traces. */
  readonly gateway: number;
  readonly accessLog: number;
  readonly traces: number;
  /** Verified Permissions asked at every request; its own Lambda is left out of it. */
  readonly verifiedPermissions: number;
}

const MILLION = 1_000_000;

export function costsOf(outcome: Outcome, settings: Settings, platform: Platform, prices: Prices): Costs {
  const perMillion = (aSecond: number): number => (aSecond / outcome.requests) * MILLION;
  const gigabytes = settings.memoryMb / 1_024;
  const lineBytes = platform.decisionLineBytes + platform.platformLinesBytes;
  const own = {
    lambdaCalls: perMillion(outcome.invocations) * prices.lambdaRequest,
    lambdaTime: perMillion(outcome.billedSeconds) * gigabytes * prices.lambdaSecondArm64,
    provisioned: perMillion(settings.provisioned) * gigabytes * prices.provisionedSecondArm64,
    tableReads: perMillion(outcome.readUnits) * prices.dynamodbReadUnit,
    decisionLog: perMillion(outcome.invocations) * lineBytes * prices.logByte,
  };
  return {
    ...own,
    own: Object.values(own).reduce((sum, part) => sum + part, 0),
    gateway: MILLION * prices.restRequest,
    accessLog: MILLION * platform.accessLineBytes * prices.logByte,
    traces: MILLION * platform.tracedShare * prices.trace,
    verifiedPermissions: MILLION * prices.verifiedPermissions,
  };
}
