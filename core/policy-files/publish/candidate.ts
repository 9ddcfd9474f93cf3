import { CANDIDATE_SORT_KEY, routesText, SHADOW_PREFIX } from "../../decision/shadow.ts";
import { CATALOGUE_KEY, ITEM_VERSION, type Item } from "../../model/items.ts";
import { FILES_OWNER, permissionItems } from "../compile/permission-items.ts";
import { guardedRoutes } from "../model/operation.ts";
import type { PolicySet } from "../model/policy-set.ts";
import { hashState, hasValidStamp } from "./item-state.ts";

/** The owner of a candidate's items, which neither `publish` nor sign-up touches. */
export const SHADOW_OWNER = "shadow";

/** The source of a candidate. */
export interface CandidateOrigin {
  readonly environment: string;
  /** The commit of its files; null if it is not known. */
  readonly commit: string | null;
  /** Whether the files had uncommitted changes. */
  readonly dirty: boolean;
}

/** A candidate as the table stores it. */
export interface Candidate extends CandidateOrigin {
  /** The {@link hashState} of its items, by which log lines name it. */
  readonly state: string;
  /** The items with the keys and the owner that they would have as live items. */
  readonly items: readonly Item[];
}

/**
 * Returns a candidate's items: the policy set's items in partitions of their own, after one that describes the
 * candidate.
 */
export function candidateItems(policies: PolicySet, origin: CandidateOrigin): readonly [Item, ...Item[]] {
  const items = permissionItems(policies);
  const mark = {
    pk: SHADOW_PREFIX + CATALOGUE_KEY,
    sk: CANDIDATE_SORT_KEY,
    v: ITEM_VERSION,
    owner: SHADOW_OWNER,
    state: hashState(items),
    routes: printRoutes(policies),
    ...origin,
  };
  const shadows = items.map((item) => ({
    ...item,
    pk: SHADOW_PREFIX + String(item["pk"]),
    owner: SHADOW_OWNER,
  }));
  return [mark, ...shadows];
}

const printRoutes = ({ api }: PolicySet): string => routesText(guardedRoutes(api), api.tenantSelector);

/** Returns the routes that only the candidate has (`+ …`) and that only the live files have (`- …`). */
export function routeDifferences(candidate: PolicySet, live: PolicySet): string[] {
  const added = printRoutes(candidate).split("\n");
  const removed = printRoutes(live).split("\n");
  return [
    ...added.filter((line) => !removed.includes(line)).map((line) => `+ ${line}`),
    ...removed.filter((line) => !added.includes(line)).map((line) => `- ${line}`),
  ];
}

/** A stored candidate is incomplete, or was changed by hand. */
export class CandidateError extends Error {}

/**
 * Reads a candidate from its items. Returns undefined if there are none.
 *
 * @throws CandidateError
 */
export function readCandidate(shadows: readonly Item[]): Candidate | undefined {
  if (shadows.length === 0) return undefined;
  const mark = shadows.find(({ sk }) => sk === CANDIDATE_SORT_KEY);
  const items = shadows
    .filter((item) => item !== mark)
    .map((item) => ({ ...item, pk: String(item["pk"]).slice(SHADOW_PREFIX.length), owner: FILES_OWNER }));
  if (mark === undefined || !items.every(hasValidStamp) || hashState(items) !== mark["state"])
    throw new CandidateError(
      "The candidate's items differ from what was published: publish it again with publish --shadow",
    );
  const { state, environment, commit, dirty } = mark as unknown as Candidate;
  return { state, environment, commit: commit ?? null, dirty: dirty ?? false, items };
}
