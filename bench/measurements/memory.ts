import { measureMemory } from "../../tests/load/memory.ts";
import type { Report } from "../measurement.ts";
import { alignColumns, formatNumber } from "../report/print.ts";

const TOKENS = 100_000;
const TOKENS_QUICK = 12_000;
const SEED = 1;

/** Sends distinct tokens, of many more tenants and callers than an authorizer caches, through one in a process of its own. */
export const memory: Report = {
  name: "memory",
  about: "memory of an authorizer after a garbage collection, by the number of distinct tokens so far",
  inDocs: true,
  async report(quick) {
    const { points, wrong } = await measureMemory(quick ? TOKENS_QUICK : TOKENS, SEED);
    if (wrong.length > 0) throw new Error(`The authorizer returned wrong responses: ${wrong.join("; ")}`);
    const all = quick ? TOKENS_QUICK : TOKENS;
    const rows = points.map(({ share, bytes }) => ({
      tokens: Math.round(share * all),
      MB: bytes / 1_000_000,
    }));
    const table = rows.map(({ tokens, MB }) => [formatNumber(tokens), formatNumber(MB)]);
    return { rows, lines: alignColumns([["tokens", "MB"], ...table]) };
  },
};
