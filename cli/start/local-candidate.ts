import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import { candidateItems, routeDifferences } from "../../core/policy-files/publish/candidate.ts";
import type { Stack } from "../../local/stack.ts";
import { TABLE_NAME } from "../../local/table/table.ts";
import { writeCandidate } from "../publish/candidate.ts";
import { gitHead } from "../publish/git-head.ts";

/**
 * Writes a folder's policies as the candidate into the local stack's table and empties the authorizer's caches.
 * Writes nothing if the candidate has other routes than the live policies. Returns the routes that differ.
 */
export async function runCandidate(
  stack: Pick<Stack, "dynamodb" | "interrupt">,
  { live, candidate, folder }: { live: PolicySet; candidate: PolicySet; folder: string },
): Promise<string[]> {
  const different = routeDifferences(candidate, live);
  if (different.length > 0) return different;
  const origin = { environment: candidate.environment, ...gitHead(folder) };
  await writeCandidate(stack.dynamodb, TABLE_NAME, candidateItems(candidate, origin));
  await stack.interrupt();
  return [];
}
