import { CACHING_MODES, type CachingMode } from "../../core/model/layout.ts";
import { demandsOf, isMet } from "./demands.ts";
import { dollars, percent, rounded, type Table, whole } from "./format.ts";
import { PLATFORM, SETTINGS } from "./inputs.ts";
import { PRICES } from "./prices.ts";
import { QUOTAS, type QuotaName } from "./quotas.ts";
import type { Run } from "./scenarios.ts";

const QUOTA_RATES = [1, 10, 100, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000];

/** The first of some rates at which a quota is not enough. */
export function quotasTable(run: Run): Table {
  const demand = (mode: CachingMode, rate: number, name: QuotaName): number => {
    const { outcome, shape } = run({ traffic: { rate }, settings: { mode } });
    return demandsOf(outcome, shape)[name];
  };
  const met = (mode: CachingMode, name: QuotaName): string => {
    const first = QUOTA_RATES.find((rate) => isMet(name, demand(mode, rate, name)));
    const shown = first ?? QUOTA_RATES.at(-1) ?? 0;
    return `${first === undefined ? "not " : ""}at ${whole(shown)} (${rounded(demand(mode, shown, name))})`;
  };
  const names = Object.keys(QUOTAS) as QuotaName[];
  return [
    ["quota", "of", ...CACHING_MODES.map((mode) => `\`${mode}\``)],
    ...names.map((name) => [
      QUOTAS[name].name,
      `${whole(QUOTAS[name].limit)} ${QUOTAS[name].unit}`,
      ...CACHING_MODES.map((mode) => met(mode, name)),
    ]),
  ];
}

const MONTH = 730 * 3_600;
const PING_SECONDS = 300;

/** Prices by the month, and where capacity by the hour is cheaper than reads on demand. */
export function monthsTable(): Table {
  const warm = (memoryMb: number): number => PRICES.provisionedSecondArm64 * (memoryMb / 1_024) * MONTH;
  const { decideSeconds, readSeconds, platformLinesBytes } = PLATFORM;
  const pingSeconds = (SETTINGS.memoryMb / 1_024) * (decideSeconds + readSeconds);
  const ping =
    PRICES.lambdaRequest +
    PRICES.lambdaSecondArm64 * pingSeconds +
    PRICES.logByte * platformLinesBytes +
    PRICES.dynamodbReadUnit;
  const breakEven = PRICES.dynamodbProvisionedReadUnit / (PRICES.dynamodbReadUnit * 3_600);
  return [
    ["", "cost"],
    ["one environment kept warm for a month, 512 MB", dollars(warm(512))],
    ["the same, 1,024 MB", dollars(warm(1_024))],
    ["a ping every 5 minutes for a month", dollars((MONTH / PING_SECONDS) * ping)],
    ["use of provisioned reads from which on they are cheaper than reads on demand", percent(breakEven)],
  ];
}
