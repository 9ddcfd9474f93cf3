import { readFlags, runCommand, UsageError } from "../cli/shared/flags.ts";
import { CACHING_MODES, type CachingMode } from "../core/model/layout.ts";
import { formatScale } from "./measurements/scale.ts";
import { DEFAULT_INPUTS } from "./scale-model.ts";

const USAGE = `npx tsx bench/scale.ts [--mode MODE] [--rate N] [--visit N] [--token N] [--ttl N]

Estimates calls, table reads and cost of a million requests. docs/scale.md explains the formulas and the assumptions;
the prices are in bench/scale-prices.json.
  --mode   caching mode: token, route or off; default: all three
  --rate   requests per second; default: ${DEFAULT_INPUTS.rate}
  --visit  requests that a user sends per visit; default: ${DEFAULT_INPUTS.requestsPerVisit}
  --token  lifetime of a token in seconds; default: ${DEFAULT_INPUTS.tokenSeconds}
  --ttl    caching.ttl_seconds; default: ${DEFAULT_INPUTS.ttlSeconds}`;

await runCommand(USAGE, () => {
  const flags = {
    mode: { type: "string" },
    rate: { type: "string", default: String(DEFAULT_INPUTS.rate) },
    visit: { type: "string", default: String(DEFAULT_INPUTS.requestsPerVisit) },
    token: { type: "string", default: String(DEFAULT_INPUTS.tokenSeconds) },
    ttl: { type: "string", default: String(DEFAULT_INPUTS.ttlSeconds) },
    help: { type: "boolean", short: "h" },
  } as const;
  const { values } = readFlags(process.argv.slice(2), flags);
  const lines = values.help
    ? [USAGE]
    : formatScale(parseModes(values.mode), {
        rate: parseNumber("rate", values.rate, 0.001, 1_000_000),
        requestsPerVisit: parseNumber("visit", values.visit, 1, 1_000_000),
        tokenSeconds: parseNumber("token", values.token, 1, 1_000_000),
        ttlSeconds: parseNumber("ttl", values.ttl, 0, 3_600),
      });
  process.stdout.write(`${lines.join("\n")}\n`);
  return 0;
});

function parseModes(mode: string | undefined): readonly CachingMode[] {
  const selected = CACHING_MODES.filter((each) => mode === undefined || each === mode);
  if (selected.length === 0) throw new UsageError(`--mode: expected token, route or off, found "${mode}"`);
  return selected;
}

function parseNumber(flag: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= min && value <= max))
    throw new UsageError(`--${flag}: expected a number from ${min} to ${max}, found "${text}"`);
  return value;
}
