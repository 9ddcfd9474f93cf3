import { measureMemory } from "../../tests/load/memory.ts";
import type { Report } from "../measurement.ts";
import { alignColumns, number } from "../print.ts";

const TOKENS = 100_000;
const TOKENS_QUICKLY = 12_000;
const SEED = 1;

/** Distinct tokens, of many more tenants and people than an authorizer remembers, through one in a process of its own. */
export const memory: Report = {
  name: "memory",
  about: "what distinct tokens leave in an authorizer's memory after a garbage collection, on the way",
  inDocs: true,
  async report(quick) {
    const { points, wrong } = await measureMemory(quick ? TOKENS_QUICKLY : TOKENS, SEED);
    if (wrong.length > 0) throw new Error(`Answers were wrong: ${wrong.join("; ")}`);
    const all = quick ? TOKENS_QUICKLY : TOKENS;
    const rows = points.map(({ share, bytes }) => ({
      tokens: Math.round(share * all),
      MB: bytes / 1_000_000,
    }));
    const table = rows.map(({ tokens, MB }) => [number(tokens), number(MB)]);
    return { rows, lines: alignColumns([["tokens", "MB"], ...table]) };
  },
};
