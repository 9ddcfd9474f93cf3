import { readFileSync } from "node:fs";
import * as z from "zod";
import { plural } from "../../core/model/plural.ts";
import { UsageError } from "../shared/flags.ts";
import { print } from "../shared/output.ts";
import { connectToGitHub, type GitHub, type PullRequest } from "./github.ts";
import { MARKER, reviewMarkdown } from "./markdown.ts";
import { gainsNothing, isQuiet, type Review, readReview } from "./review-file.ts";

const SHA = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

/** The parts of the event `workflow_run` that are read. GitHub writes it; a pull request chooses names in it. */
const eventSchema = z.object({
  workflow_run: z.object({
    head_sha: z.string().regex(SHA),
    head_branch: z.string(),
    head_repository: z.object({ id: z.number(), owner: z.object({ login: z.string() }) }),
  }),
  repository: z.object({
    full_name: z.string().regex(/^[\w.-]+\/[\w.-]+$/),
    default_branch: z.string(),
  }),
});

/** The status that a branch rule can require. */
export const STATUS = "portcullis/access";

/**
 * Posts a review to the pull requests of the commit for which the workflow ran, and sets the commit's status. The file is
 * not trusted: which pull request and which commit are meant comes from the event and from GitHub.
 */
export async function postReview(file: string, environment: NodeJS.ProcessEnv): Promise<number> {
  const { workflow_run: ran, repository } = readEvent(environment["GITHUB_EVENT_PATH"]);
  const github = connectToGitHub(repository.full_name, environment);
  const sha = ran.head_sha;
  const open = await github.pullRequests(
    `${ran.head_repository.owner.login}:${ran.head_branch}`,
    repository.default_branch,
  );
  const meant = open.filter(({ head }) => head.sha === sha && head.repo?.id === ran.head_repository.id);
  if (meant.length === 0)
    return print(
      `No open pull request into ${repository.default_branch} has the commit ${sha}: nothing to post`,
    );
  const target = runAddress(repository.full_name, environment);
  try {
    const review = readReview(file);
    const verdict = await judge(review, github, meant, sha);
    await github.setStatus(sha, {
      ...verdict,
      context: STATUS,
      ...(target !== undefined && { target_url: target }),
    });
    const isNews = typeof review === "string" || !isQuiet(review);
    for (const { number } of meant) await comment(github, number, commentOn(review, sha, verdict), isNews);
    return print(`${STATUS}: ${verdict.state}: ${verdict.description}`);
  } catch (error) {
    await github.setStatus(sha, {
      state: "error",
      description: "The review could not be posted",
      context: STATUS,
    });
    throw error;
  }
}

function readEvent(path: string | undefined): z.output<typeof eventSchema> {
  if (path === undefined)
    throw new UsageError(
      "--post: GITHUB_EVENT_PATH is not set: run it in a workflow that workflow_run starts",
    );
  const event = eventSchema.safeParse(JSON.parse(readFileSync(path, "utf8")));
  if (!event.success)
    throw new UsageError(
      "--post: GITHUB_EVENT_PATH has no event workflow_run of a commit: run it in such a workflow",
    );
  return event.data;
}

function runAddress(repository: string, environment: NodeJS.ProcessEnv): string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_RUN_ID: id } = environment;
  return server === undefined || id === undefined ? undefined : `${server}/${repository}/actions/runs/${id}`;
}

interface Verdict {
  readonly state: "success" | "failure";
  readonly description: string;
}

/** Decides the status. What the review does not show counts as a gain of access, which needs an approval. */
async function judge(
  review: Review | string,
  github: GitHub,
  pulls: readonly PullRequest[],
  sha: string,
): Promise<Verdict> {
  if (typeof review !== "string") {
    const failed = review.tests?.failed.total ?? 0;
    if (review.errors.total > 0)
      return {
        state: "failure",
        description: `The policy files have ${plural(review.errors.total, "error")}`,
      };
    if (failed > 0) return { state: "failure", description: `${plural(failed, "policy test")} failed` };
    if (gainsNothing(review)) return { state: "success", description: "Nobody gains access" };
  }
  const what = typeof review === "string" ? "Without a review, access" : "A gain of access";
  return (await isApproved(github, pulls, sha))
    ? { state: "success", description: `${what} is approved at this commit` }
    : {
        state: "failure",
        description: `${what} needs an approval at this commit, by someone else with write access`,
      };
}

/** Returns whether each pull request has an approval of this commit by somebody with write access who is no author. */
async function isApproved(github: GitHub, pulls: readonly PullRequest[], sha: string): Promise<boolean> {
  const authors = new Set(pulls.map(({ user }) => user.login));
  for (const { number } of pulls) {
    const approvers = latestReviews(await github.reviews(number))
      .filter(({ state, commit_id: commit }) => state === "APPROVED" && commit === sha)
      .flatMap(({ user }) => user?.login ?? [])
      .filter((login) => !authors.has(login));
    const mayWrite = await Promise.all(approvers.map((login) => github.canWrite(login)));
    if (!mayWrite.includes(true)) return false;
  }
  return true;
}

type GivenReview = Awaited<ReturnType<GitHub["reviews"]>>[number];

/** Returns the last review of each person that approves, requests changes or was dismissed; comments do not count. */
function latestReviews(reviews: readonly GivenReview[]): GivenReview[] {
  const decided = reviews.filter(({ state }) =>
    ["APPROVED", "CHANGES_REQUESTED", "DISMISSED"].includes(state),
  );
  return [...new Map(decided.map((review) => [review.user?.login, review])).values()];
}

function commentOn(review: Review | string, sha: string, { state, description }: Verdict): string {
  const verdict = `${state === "success" ? "✅" : "❌"} ${description}. Commit \`${sha}\`.`;
  return typeof review === "string"
    ? `${MARKER}\n### Access review: not possible\n\n${verdict}\n\nThe job that computes the review wrote none that can be read: ${review}.\n`
    : `${MARKER}\n${reviewMarkdown(review, verdict)}`;
}

/**
 * Updates the one comment of this bot, or creates it if it has news. Comments of others stay as they are, whatever they
 * contain.
 */
async function comment(github: GitHub, number: number, body: string, isNews: boolean): Promise<void> {
  const own = (await github.comments(number)).find(
    (one) => one.user?.login === github.bot && one.user.type === "Bot" && one.body.startsWith(MARKER),
  );
  if (own === undefined) {
    if (isNews) await github.createComment(number, body);
  } else if (own.body !== body) await github.updateComment(own.id, body);
}
