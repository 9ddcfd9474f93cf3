import * as z from "zod";
import { UsageError } from "../shared/flags.ts";

const userSchema = z.object({ login: z.string(), type: z.string() });
const pullSchema = z.object({
  number: z.int().positive(),
  user: userSchema,
  head: z.object({ sha: z.string(), repo: z.object({ id: z.number() }).nullable() }),
});
const reviewSchema = z.object({
  user: userSchema.nullable(),
  state: z.string(),
  commit_id: z.string().nullable(),
});
const commentSchema = z.object({
  id: z.int().positive(),
  user: userSchema.nullable(),
  body: z
    .string()
    .nullish()
    .transform((body) => body ?? ""),
});
const permissionSchema = z.object({ permission: z.string() });

export type PullRequest = z.output<typeof pullSchema>;

/** A commit's status. */
export interface CommitStatus {
  readonly state: "success" | "failure" | "error";
  readonly description: string;
  readonly context: string;
  readonly target_url?: string;
}

/** What posting a review needs of GitHub's REST API. */
export interface GitHub {
  /** The login under which the token writes. */
  readonly bot: string;
  /** @param head `owner:branch` of the repository with the change */
  pullRequests(head: string, base: string): Promise<readonly PullRequest[]>;
  reviews(number: number): Promise<readonly z.output<typeof reviewSchema>[]>;
  comments(number: number): Promise<readonly z.output<typeof commentSchema>[]>;
  canWrite(login: string): Promise<boolean>;
  createComment(number: number, body: string): Promise<void>;
  updateComment(id: number, body: string): Promise<void>;
  setStatus(sha: string, status: CommitStatus): Promise<void>;
}

const PER_PAGE = 100;
const MAX_PAGES = 30;
const TIMEOUT_MS = 15_000;

/**
 * Returns a client of GitHub's REST API for one repository, with the token of `GITHUB_TOKEN`.
 *
 * @throws UsageError without a token
 */
export function connectToGitHub(repository: string, environment: NodeJS.ProcessEnv): GitHub {
  const { GITHUB_TOKEN: token = "", GITHUB_API_URL: api = "https://api.github.com" } = environment;
  if (token === "")
    throw new UsageError("--post: GITHUB_TOKEN is not set: pass the workflow's token to the step");
  const root = `${api}/repos/${repository}`;

  async function send(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${root}${path}`, {
      method,
      headers: {
        accept: "application/vnd.github+json",
        authorization: `Bearer ${token}`,
        "user-agent": "portcullis",
        "x-github-api-version": "2022-11-28",
      },
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok)
      throw new Error(
        `GitHub answered ${response.status} to ${method} ${path.split("?", 1)[0]}: check the job's permissions`,
      );
    return JSON.parse(text);
  }

  /** @throws if there are more pages than are read, because a decision on a part of a list could be wrong */
  async function all<T>(path: string, schema: z.ZodType<T>): Promise<T[]> {
    const found: T[] = [];
    for (let page = 1; page <= MAX_PAGES; page += 1) {
      const items = z
        .array(schema)
        .parse(
          await send("GET", `${path}${path.includes("?") ? "&" : "?"}per_page=${PER_PAGE}&page=${page}`),
        );
      found.push(...items);
      if (items.length < PER_PAGE) return found;
    }
    throw new Error(`GitHub has more than ${MAX_PAGES * PER_PAGE} entries of ${path.split("?", 1)[0]}`);
  }

  return {
    bot: "github-actions[bot]",
    pullRequests: (head, base) =>
      all(`/pulls?state=open&head=${encodeURIComponent(head)}&base=${encodeURIComponent(base)}`, pullSchema),
    reviews: (number) => all(`/pulls/${number}/reviews`, reviewSchema),
    comments: (number) => all(`/issues/${number}/comments`, commentSchema),
    async canWrite(login) {
      const path = `/collaborators/${encodeURIComponent(login)}/permission`;
      const { permission } = permissionSchema.parse(await send("GET", path));
      return permission === "admin" || permission === "write";
    },
    async createComment(number, body) {
      await send("POST", `/issues/${number}/comments`, { body });
    },
    async updateComment(id, body) {
      await send("PATCH", `/issues/comments/${id}`, { body });
    },
    async setStatus(sha, status) {
      await send("POST", `/statuses/${sha}`, status);
    },
  };
}
