import file from "./prices.json" with { type: "json" };

/** US dollars for one of each: an invocation, a GB-second, a byte, … `prices.json` says which, and where it stands. */
export type Prices = Readonly<Record<keyof typeof file.prices, number>>;

/** Public prices of us-east-1. They are inputs: give others to reckon with your own. */
export const PRICES = Object.fromEntries(
  Object.entries(file.prices).map(([name, { usd }]) => [name, usd]),
) as Prices;
