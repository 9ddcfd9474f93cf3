import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import { candidateItems, routeDifferences } from "../../core/policy-files/publish/candidate.ts";
import { countChanges } from "../../core/policy-files/publish/steps.ts";
import { policiesAgainst } from "../shared/policies-against.ts";
import { tableClient } from "../table/client.ts";
import { clearCandidate, writeCandidate } from "./candidate.ts";
import { gitHead } from "./git-head.ts";
import { acquireLock } from "./lock.ts";

export interface CandidateRun {
  readonly table: string;
  readonly folder: string;
  /** The live files: a commit, or a folder. */
  readonly against: string;
  readonly dryRun: boolean;
  readonly force: boolean;
}

/** Publishes the files as the candidate, beside what is live. @throws UsageError where the live files cannot be read */
export async function publishCandidate(policies: PolicySet, run: CandidateRun): Promise<number> {
  const { table, folder, against } = run;
  const { environment } = policies;
  const different = routeDifferences(policies, policiesAgainst(against, folder, environment));
  if (different.length > 0) {
    process.stderr.write(
      `A candidate decides on the live routes, and ${folder} has others than ${against}; nothing was written:\n${different.join("\n")}\nDeploy the routes first, or take them out of the candidate; --against names what is live\n`,
    );
    return 1;
  }
  const items = candidateItems(policies, { environment, ...gitHead(folder) });
  const name = String(items[0]["state"]);
  if (run.dryRun)
    return say(`${table} would get candidate ${name}, ${items.length - 1} items; nothing was written`);
  const changes = await withLock(run, (client) => writeCandidate(client, table, items));
  return say(
    `${table} has candidate ${name}: ${items.length - 1} items, ${countChanges(changes)} of them written anew. With authorizer.shadow it is decided beside what is live`,
  );
}

/** Takes the candidate out of a table. */
export async function withdrawCandidate(run: Pick<CandidateRun, "table" | "force">): Promise<number> {
  const count = await withLock(run, (client) => clearCandidate(client, run.table));
  return say(
    count === 0 ? `${run.table} has no candidate` : `The candidate is gone from ${run.table}: ${count} items`,
  );
}

/** One writer at a time; the mark of an interrupted publish stays what it is. */
async function withLock<T>(
  { table, force }: Pick<CandidateRun, "table" | "force">,
  work: (client: ReturnType<typeof tableClient>) => Promise<T>,
): Promise<T> {
  const client = tableClient();
  try {
    const lock = await acquireLock(client, table, force);
    try {
      return await work(client);
    } finally {
      await lock.release(!lock.interrupted);
    }
  } finally {
    client.destroy();
  }
}

function say(line: string): number {
  process.stdout.write(`${line}\n`);
  return 0;
}
