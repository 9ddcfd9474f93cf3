import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { plural } from "../../core/model/plural.ts";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import { candidateItems, routeDifferences } from "../../core/policy-files/publish/candidate.ts";
import { countChanges } from "../../core/policy-files/publish/steps.ts";
import { print, printError } from "../shared/output.ts";
import { policiesAgainst } from "../shared/policies-against.ts";
import { withTableClient } from "../table/client.ts";
import { clearCandidate, writeCandidate } from "./candidate.ts";
import { gitHead } from "./git-head.ts";
import { acquireLock } from "./lock.ts";

export interface CandidateRun {
  readonly table: string;
  readonly folder: string;
  /** A commit or a folder with the live files. */
  readonly against: string;
  readonly dryRun: boolean;
  readonly force: boolean;
}

/** Publishes the files as the candidate. Returns the exit status. @throws UsageError if live files cannot be read */
export async function publishCandidate(policies: PolicySet, run: CandidateRun): Promise<number> {
  const { table, folder, against } = run;
  const { environment } = policies;
  const different = routeDifferences(policies, policiesAgainst(against, folder, environment));
  if (different.length > 0)
    return printError(
      `A candidate must have the live routes, but the routes of ${folder} differ from those of ${against}; nothing was written:\n${different.join("\n")}\nDeploy the routes first, or remove them from the candidate; --against names the live files`,
    );
  const items = candidateItems(policies, { environment, ...gitHead(folder) });
  const name = String(items[0]["state"]);
  const size = plural(items.length - 1, "item");
  if (run.dryRun) return print(`${table} would get candidate ${name}, ${size}; nothing was written`);
  const changes = await withLock(run, (client) => writeCandidate(client, table, items));
  return print(
    `${table} has candidate ${name}: ${size}, ${countChanges(changes)} of them new or changed. With authorizer.shadow the authorizer evaluates it alongside the live state`,
  );
}

/** Removes the candidate from a table. Returns the exit status. */
export async function withdrawCandidate(run: Pick<CandidateRun, "table" | "force">): Promise<number> {
  const count = await withLock(run, (client) => clearCandidate(client, run.table));
  return print(
    count === 0
      ? `${run.table} has no candidate`
      : `The candidate was removed from ${run.table}: ${plural(count, "item")}`,
  );
}

/** Allows one writer at a time. The mark of an interrupted publish stays unchanged. */
const withLock = <T>(
  { table, force }: Pick<CandidateRun, "table" | "force">,
  work: (client: DynamoDBClient) => Promise<T>,
): Promise<T> =>
  withTableClient(async (client) => {
    const lock = await acquireLock(client, table, force);
    try {
      return await work(client);
    } finally {
      await lock.release(!lock.interrupted);
    }
  });
