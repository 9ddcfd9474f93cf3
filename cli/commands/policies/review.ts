import type { PolicyFiles } from "../../../core/policy-files/model/policy-set.ts";
import { makeReview } from "../../review/make-review.ts";
import { reviewMarkdown } from "../../review/markdown.ts";
import { readPlanChanges } from "../../review/plan-changes.ts";
import { postReview } from "../../review/post-review.ts";
import { defineCommand } from "../../shared/command.ts";
import { COMMON, type FlagValues, UsageError } from "../../shared/flags.ts";
import { findPolicyFilesAt, mergeTree } from "../../shared/git-files.ts";
import { requireFolder } from "../../shared/load-environments.ts";
import { print, printJson } from "../../shared/output.ts";
import { readPolicyFiles } from "../../shared/policy-folder.ts";

const FLAGS = {
  policies: COMMON.policies,
  against: {
    type: "string",
    default: "HEAD",
    value: "REF",
    about: "The commit before the change.",
    example: "origin/main",
  },
  merge: {
    type: "string",
    value: "REF",
    otherwise: "the files of the folder",
    about: `Reviews the merge of this commit into the one before the change. Reads git's objects alone: no file of the commit is
checked out or run.`,
    example: "FETCH_HEAD",
  },
  plan: {
    type: "string",
    value: "FILE",
    otherwise: "no plan",
    about:
      "Adds the addresses and actions of a Terraform plan, as terraform show -json writes it, and no value.",
    example: "plan.json",
  },
  post: {
    type: "string",
    value: "FILE",
    otherwise: "nothing is posted",
    about: `Posts a review of --format json to GitHub, in a workflow that workflow_run starts: one comment in the pull request,
and the commit's status portcullis/access. Reads GITHUB_TOKEN and GITHUB_EVENT_PATH.`,
    example: "review.json",
  },
  format: {
    type: "string",
    default: "markdown",
    values: ["markdown", "json"],
    about: "The form of the output.",
  },
} as const;

export const review = defineCommand({
  name: "review",
  about: `Reviews a change of the policy files for a pull request, in all environments: problems, policy tests, the access that
is gained and lost, and what changes in trusted issuers and open routes.`,
  flags: FLAGS,
  examples: [
    "review --against origin/main",
    "review --merge FETCH_HEAD --format json",
    "review --post review.json",
  ],
  statuses: ["no errors, and all policy tests pass", "errors, or policy tests that fail"],
  run,
});

async function run(values: FlagValues<typeof FLAGS>): Promise<number> {
  const { policies, against, merge, plan, post, format } = values;
  if (post !== undefined) {
    if (merge !== undefined || plan !== undefined)
      throw new UsageError("--post excludes --merge and --plan: the file has what they add");
    return postReview(post, process.env);
  }
  if (merge === undefined) requireFolder(policies);
  const found = makeReview({
    before: findPolicyFilesAt(against, policies),
    after: merge === undefined ? readPolicyFiles(policies) : mergedFiles(against, merge, policies),
    plan: plan === undefined ? undefined : readPlanChanges(plan),
  });
  const failed = found.errors.total > 0 || (found.tests?.failed.total ?? 0) > 0;
  if (format === "json") return printJson(found, failed ? 1 : 0);
  return print(reviewMarkdown(found).trimEnd(), failed ? 1 : 0);
}

function mergedFiles(against: string, merge: string, folder: string): PolicyFiles | string {
  const tree = mergeTree(against, merge, folder);
  if (tree === undefined) return "The change conflicts with the branch that it goes into.";
  return findPolicyFilesAt(tree, folder);
}
