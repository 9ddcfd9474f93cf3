import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { MARKER } from "../../../cli/review/markdown.ts";
import { postReview } from "../../../cli/review/post-review.ts";
import { type Review, reviewList } from "../../../cli/review/review-file.ts";
import { BOT, type FakeGitHub, person, startGitHub, TOKEN } from "./fake-github.ts";

const SHA = "a".repeat(40);
const OTHER_SHA = "b".repeat(40);
const NONE = reviewList([]);
const QUIET: Review = {
  version: 1,
  errors: NONE,
  warnings: NONE,
  tests: { run: 2, failed: NONE },
  access: [],
  trust: NONE,
  plan: null,
};
const environment = (kind: "gained" | "lost", line: string) => ({
  names: ["dev"],
  sections: [{ kind, lines: reviewList([line]) }],
  tenants: reviewList(["acme"]),
  roles: reviewList(["editor"]),
  explicit: 0,
  before: 10,
  gained: 1,
  lost: 0,
});
const GAIN: Review = { ...QUIET, access: [environment("gained", "acme / editor gains GET /a")] };
const LOSS: Review = { ...QUIET, access: [environment("lost", "acme / editor loses GET /a")] };

let github: FakeGitHub;

beforeEach(async () => {
  github = await startGitHub();
  github.pulls = [pull(7, SHA)];
  github.writers.add("reviewer");
});

function pull(
  number: number,
  sha: string,
  { author = "author", from = "fork:change", base = "main", repo = 5 } = {},
) {
  return { number, user: person(author), head: { sha, repo: { id: repo } }, from, base };
}

const approval = (login: string, commit = SHA, state = "APPROVED") => ({
  user: person(login),
  state,
  commit_id: commit,
});

async function post(review: unknown, token = TOKEN): Promise<{ statuses: string[]; comments: string[] }> {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-post-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [file, event] = [join(folder, "review.json"), join(folder, "event.json")];
  if (review !== undefined) writeFileSync(file, typeof review === "string" ? review : JSON.stringify(review));
  writeFileSync(
    event,
    JSON.stringify({
      workflow_run: {
        head_sha: SHA,
        head_branch: "change",
        head_repository: { id: 5, owner: { login: "fork" } },
      },
      repository: { full_name: "example/quill", default_branch: "main" },
    }),
  );
  await postReview(file, { GITHUB_EVENT_PATH: event, GITHUB_TOKEN: token, GITHUB_API_URL: github.address });
  return {
    statuses: github.statuses.map(
      ({ sha, state, description }) => `${sha.slice(0, 2)} ${state}: ${description}`,
    ),
    comments: github.comments.map(({ body }) => body),
  };
}

const NEEDED =
  "aa failure: A gain of access needs an approval at this commit, by someone else with write access";
const APPROVED = "aa success: A gain of access is approved at this commit";

describe("the status portcullis/access", () => {
  it("is a success if nobody gains access", async () => {
    expect((await post(LOSS)).statuses).toEqual(["aa success: Nobody gains access"]);
  });

  it.each<[string, FakeGitHub["reviews"], string]>([
    ["nobody approved", [], NEEDED],
    ["somebody else approved this commit", [approval("reviewer")], APPROVED],
    ["the author approved", [approval("author")], NEEDED],
    ["somebody without write access approved", [approval("reader")], NEEDED],
    ["an earlier commit was approved", [approval("reviewer", OTHER_SHA)], NEEDED],
    ["the approval was dismissed", [approval("reviewer", SHA, "DISMISSED")], NEEDED],
    [
      "the approval was withdrawn",
      [approval("reviewer"), approval("reviewer", SHA, "CHANGES_REQUESTED")],
      NEEDED,
    ],
    [
      "a comment followed the approval",
      [approval("reviewer"), approval("reviewer", SHA, "COMMENTED")],
      APPROVED,
    ],
    [
      "the withdrawal is on the second page",
      [
        approval("reviewer"),
        ...Array.from({ length: 100 }, () => approval("reader", SHA, "COMMENTED")),
        approval("reviewer", SHA, "CHANGES_REQUESTED"),
      ],
      NEEDED,
    ],
    ["the reviewer's account was removed", [{ ...approval("reviewer"), user: null }], NEEDED],
  ])("of a gain, if %s", async (_, reviews, status) => {
    github.writers.add("author");
    github.reviews = reviews;
    expect((await post(GAIN)).statuses).toEqual([status]);
  });

  it.each<[string, unknown]>([
    ["is missing", undefined],
    ["is not JSON", "<script>"],
    ["claims no gain in a form of its own", { ...QUIET, access: "none" as const, ok: true }],
  ])("needs an approval if the review %s", async (_, review) => {
    const { statuses, comments } = await post(review);
    expect(statuses).toEqual([
      "aa failure: Without a review, access needs an approval at this commit, by someone else with write access",
    ]);
    expect(comments.join()).not.toContain("<script>");
  });

  it("fails for errors and policy tests, also if somebody approved", async () => {
    github.reviews = [approval("reviewer")];
    await post({ ...GAIN, errors: reviewList(["roles/a.yaml:1:1: error"]) });
    const { statuses } = await post({ ...GAIN, tests: { run: 2, failed: reviewList(["a test"]) } });
    expect(statuses).toEqual([
      "aa failure: The policy files have 1 error",
      "aa failure: 1 policy test failed",
    ]);
  });

  it("needs an approval in each open pull request of the commit, by nobody who opened one", async () => {
    github.pulls = [pull(7, SHA), pull(8, SHA, { author: "reviewer" })];
    github.reviews = [approval("reviewer")];
    expect((await post(GAIN)).statuses).toEqual([NEEDED]);
  });

  it("is an error if GitHub does not answer", async () => {
    github.broken.add("/pulls/7/reviews");
    await expect(post(GAIN)).rejects.toThrow("GitHub answered 500 to GET /pulls/7/reviews");
    expect(github.statuses.map(({ state }) => state)).toEqual(["error"]);
  });

  it("never prints the token", async () => {
    const failure = await post(GAIN, "another-token").catch((error: unknown) => error as Error);
    expect(failure).toBeInstanceOf(Error);
    expect(String(failure)).toContain("GitHub answered 401");
    expect(String(failure)).not.toContain("another-token");
  });
});

describe("the pull request", () => {
  it.each<[string, FakeGitHub["pulls"]]>([
    ["has a newer commit", [pull(7, OTHER_SHA)]],
    ["goes into another branch", [pull(7, SHA, { base: "release" })]],
    ["is of another repository's branch of the same name", [pull(7, SHA, { repo: 6 })]],
    ["is closed", []],
  ])("gets neither comment nor status if it %s", async (_, pulls) => {
    github.pulls = pulls;
    expect(await post(GAIN)).toEqual({ statuses: [], comments: [] });
  });
});

describe("the comment", () => {
  it("is one, which a later run updates", async () => {
    await post(GAIN);
    const [first = ""] = github.comments.map(({ body }) => body);
    expect(first).toBe(`\
${MARKER}
### Access review: 1 gain of access

❌ A gain of access needs an approval at this commit, by someone else with write access. Commit \`${SHA}\`.

- Check: 0 errors, 0 new warnings
- Policy tests: 2 of 2 passed
- \`dev\`: 1 tenant (\`acme\`), 1 role (\`editor\`). Of 10 combinations of tenant, role and route: 1 gained (10.0 %), 0 lost (0.0 %)
  - **A large share of the access changes**

**Gained in \`dev\` (1)**

- \`acme / editor gains GET /a\`
`);
    const { comments } = await post(QUIET);
    expect(comments).toHaveLength(1);
    expect(comments[0]).toContain("### Access review: no changes of access");
  });

  it("is never somebody else's, whatever that contains", async () => {
    const copy = `${MARKER}\n### Access review: no changes of access`;
    github.comments = [
      { id: 1, user: person("attacker"), body: copy },
      { id: 2, user: person(BOT.login), body: copy },
      { id: 3, user: { login: "other[bot]", type: "Bot" }, body: copy },
      { id: 4, user: null, body: copy },
      { id: 5, user: BOT, body: `> ${copy}` },
    ];
    const { comments } = await post(GAIN);
    expect(comments.slice(0, 5)).toEqual([copy, copy, copy, copy, `> ${copy}`]);
    expect(comments[5]).toContain("1 gain of access");
  });

  it("is found on a later page", async () => {
    const others = Array.from({ length: 120 }, (_, id) => ({ id: id + 1, user: person("a"), body: "Nice" }));
    github.comments = [...others, { id: 500, user: BOT, body: `${MARKER}\nold` }];
    const { comments } = await post(GAIN);
    expect(comments).toHaveLength(121);
    expect(comments[120]).toContain("1 gain of access");
  });

  it("is not created without news", async () => {
    expect((await post(QUIET)).comments).toEqual([]);
  });

  it("has every text of a hostile review in a code span", async () => {
    const text = "``` </details> @octocat #1 ![x](https://evil.example/x.png)\n\n# Approved \u202e";
    const hostile: Review = {
      ...QUIET,
      errors: reviewList([text]),
      warnings: reviewList([text]),
      tests: { run: 1, failed: reviewList([text]) },
      access: [
        {
          ...environment("gained", text),
          names: [text],
          tenants: reviewList([text]),
          roles: reviewList([text]),
        },
      ],
      trust: reviewList([text]),
      plan: reviewList([text]),
    };
    const { comments } = await post(hostile);
    const span =
      "```` ``` </details> @octocat #1 ![x](https://evil.example/x.png)\\u000a\\u000a# Approved \\u202e ````";
    const [body = ""] = comments;
    expect(body.split(span)).toHaveLength(11);
    expect(body.replaceAll(span, "")).not.toMatch(/octocat|evil|details|Approved/);
  });
});
