import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { review } from "../../../cli/commands/policies/review.ts";
import { MAX_COMMENT, reviewMarkdown } from "../../../cli/review/markdown.ts";
import {
  boundReview,
  gainsNothing,
  MAX_REVIEW_BYTES,
  type Review,
  readReview,
  reviewList,
} from "../../../cli/review/review-file.ts";
import { runVerb } from "../run-verb.ts";
import { type PullRequestRepository, repositoryWith } from "./pull-request.ts";

const EDITOR = "extends: [viewer]\nallow: [documents.write, documents.create, comments.write, PUT /files/**";

const reviewOf = ({ policies }: PullRequestRepository, ...args: string[]) =>
  runVerb(review, "--policies", policies, "--against", "main", "--merge", "change", ...args);

async function dataOf(repository: PullRequestRepository): Promise<Review> {
  const { stdout } = await reviewOf(repository, "--format", "json");
  const file = join(repository.folder, "review.json");
  writeFileSync(file, stdout);
  const read = readReview(file);
  if (typeof read === "string") throw new Error(read);
  return read;
}

describe("the comment in a pull request", () => {
  it("for a role that gains a permission", async () => {
    const change = { "roles/accountant.yaml": "allow: [invoices.read, reports.read, settings.read]\n" };
    expect((await reviewOf(repositoryWith(change))).stdout).toBe(`\
### Access review: 1 gain of access

- Check: 0 errors, 0 new warnings
- Policy tests: 35 of 35 passed
- \`dev\`: 1 tenant (\`acme\`), 1 role (\`accountant\`). Of 145 combinations of tenant, role and route: 1 gained (0.7 %), 0 lost (0.0 %)

**Gained in \`dev\` (1)**

- \`acme / accountant gains GET /orgs/{orgId}/settings where orgId=tenant\`
`);
  });

  it("for a tenant that loses a role, with the policy tests that fail", async () => {
    const change = { "tenants/globex.yaml": "plan: team\nissuers: [main]\nchanges: { editor: none }\n" };
    expect(await reviewOf(repositoryWith(change))).toMatchObject({
      status: 1,
      stdout: `\
### Access review: 11 losses of access

- Check: 0 errors, 0 new warnings
- Policy tests: 33 of 35 passed
- \`dev\`: 1 tenant (\`globex\`), 1 role (\`editor\`). Of 145 combinations of tenant, role and route: 0 gained (0.0 %), 11 lost (7.6 %)

**Policy tests that fail (2)**

- \`tests/access.yaml:17:9: failed: globex editor can PUT /documents/42 (denied: no_role)\`
- \`tests/access.yaml:17:28: failed: globex editor can GET /files/a (denied: no_role)\`

**Lost in \`dev\` (11)**

- \`globex / editor loses GET /documents\`
- \`globex / editor loses GET /documents/search\`
- \`globex / editor loses GET /documents/{documentId}\`
- \`globex / editor loses GET /documents/{documentId}/comments\`
- \`globex / editor loses GET /files/{proxy+}\`
- \`globex / editor loses GET /orgs/{orgId}/settings\`
- \`globex / editor loses GET /users/{userId}\`
- \`globex / editor loses PATCH /users/{userId}\`
- \`globex / editor loses POST /documents/{documentId}/comments\`
- \`globex / editor loses PUT /documents/{documentId}\`
- \`globex / editor loses PUT /files/{proxy+}\`
`,
    });
  });

  it("for an explicit permission", async () => {
    const change = { "roles/editor.yaml": `${EDITOR}, documents.purge]\n` };
    expect((await reviewOf(repositoryWith(change))).stdout).toBe(`\
### Access review: 1 gain of access

- Check: 0 errors, 0 new warnings
- Policy tests: 35 of 35 passed
- \`dev\`: 2 tenants (\`globex\`, \`hooli\`), 1 role (\`editor\`). Of 145 combinations of tenant, role and route: 2 gained (1.4 %), 0 lost (0.0 %)
  - **1 change of explicit operations**

**Gained in \`dev\` (1)**

- \`editor, in 2 tenants (globex, hooli), gains DELETE /documents/{documentId}  ! explicit\`
`);
  });

  it("for a new tenant", async () => {
    expect((await reviewOf(repositoryWith({ "tenants/newco.yaml": "plan: free\n" }))).stdout).toBe(`\
### Access review: 1 gain of access

- Check: 0 errors, 0 new warnings
- Policy tests: 35 of 35 passed
- \`dev\`: 1 tenant (\`newco\`), 2 roles (\`editor\`, \`viewer\`). Of 145 combinations of tenant, role and route: 0 gained (0.0 %), 0 lost (0.0 %)

**New tenants in \`dev\` (1)**

- \`newco (15 grants of its roles)\`
`);
  });

  it("for hostile names, which are neither markup nor mentions nor links", async () => {
    const id = "@octocat #1 [x](//e.example) ```` <img src=x>";
    const change = {
      "tenants/hostile.yaml": `id: ${JSON.stringify(id)}\nplan: free\n`,
      "tests/\u202e@octocat.yaml": `- as: { tenant: acme, role: admin }\n  can: [${JSON.stringify("GET /a\u001b]0;x\u0007b")}]\n`,
    };
    expect((await reviewOf(repositoryWith(change))).stdout).toBe(`\
### Access review: 1 gain of access

- Check: 0 errors, 0 new warnings
- Policy tests: 35 of 36 passed
- \`dev\`: 1 tenant (\`\`\`\`\` ${id} \`\`\`\`\`), 2 roles (\`editor\`, \`viewer\`). Of 145 combinations of tenant, role and route: 0 gained (0.0 %), 0 lost (0.0 %)

**Policy tests that fail (1)**

- \`tests/\\u202e@octocat.yaml:2:9: failed: acme admin can GET /a\\u001b]0;x\\u0007b (no such route)\`

**New tenants in \`dev\` (1)**

- \`\`\`\`\` ${id} (15 grants of its roles) \`\`\`\`\`
`);
  });

  it("for errors, which are no gain that somebody could take for harmless", async () => {
    const repository = repositoryWith({ "roles/editor.yaml": "allow: [nothing.at.all]\n" });
    const { status, stdout } = await reviewOf(repository);
    expect([status, stdout.split("\n", 1)[0]]).toEqual([1, "### Access review: not possible"]);
    expect(stdout).toContain('- `roles/editor.yaml:1:9: error: "nothing.at.all"');
    expect(gainsNothing(await dataOf(repository))).toBe(false);
  });
});

describe("what gives access without a change of a role", () => {
  const api = "api.yaml";
  const sample = repositoryText(api);

  it.each<[string, Record<string, string>, string]>([
    [
      "a route that becomes public",
      { [api]: sample.replace("permission: comments.moderate", "public: true") },
      "DELETE /documents/{documentId}/comments/{commentId} is public (was guarded)",
    ],
    [
      "a new issuer",
      { "issuers.yaml": `${repositoryText("issuers.yaml")}\nother: { preset: generic, tenants: "*" }\n` },
      "issuer other is trusted from now on",
    ],
    [
      "an issuer that covers more tenants",
      {
        "issuers.yaml": repositoryText("issuers.yaml").replace("tenants: [acme]", "tenants: [acme, globex]"),
      },
      "issuer acme-okta changes: ",
    ],
    [
      "a tenant that accepts more issuers",
      { "tenants/globex.yaml": "plan: team\nchanges: { editor: { except: [documents.create] } }\n" },
      "tenant globex accepts tokens of other issuers",
    ],
  ])("is a gain: %s", async (_, change, line) => {
    const data = await dataOf(repositoryWith(change));
    expect(data.trust.first.join("\n")).toContain(line);
    expect(gainsNothing(data)).toBe(false);
  });
});

describe("npx portcullis review --merge", () => {
  it("compares what the branch would become, not what the base gained meanwhile", async () => {
    const repository = repositoryWith({
      "roles/accountant.yaml": "description: Money\nallow: [reports.read, invoices.read]\n",
    });
    writeFileSync(join(repository.policies, "roles/editor.yaml"), `${EDITOR}, documents.purge]\n`);
    repository.git("commit", "-qam", "a later commit of main");
    const data = await dataOf(repository);
    expect([data.access, data.errors.total, gainsNothing(data)]).toEqual([[], 0, true]);
  });

  it("is an error without a comparison if the branches conflict", async () => {
    const repository = repositoryWith({ "roles/editor.yaml": "allow: [documents.read]\n" });
    writeFileSync(join(repository.policies, "roles/editor.yaml"), "allow: [documents.write]\n");
    repository.git("commit", "-qam", "a later commit of main");
    const data = await dataOf(repository);
    expect(data.errors.first).toEqual(["The change conflicts with the branch that it goes into."]);
    expect(gainsNothing(data)).toBe(false);
  });

  it("reads each file's own text, whatever the names of others", async () => {
    const name = "roles/a\nmain:policies/roles/viewer.yaml";
    const change = {
      [name]: "allow: [documents.read]\n",
      "roles/editor.yaml": `${EDITOR}, documents.purge]\n`,
    };
    const { stdout } = await reviewOf(repositoryWith(change));
    // The name is an error, so nothing is compared; the text of the files after it is their own.
    expect(stdout).toContain("roles/a\\u000amain:policies/roles/viewer.yaml:1:1: error");
    expect(stdout).toContain("- Check: 1 error, 0 new warnings");
  });

  it("reads no symbolic link", async () => {
    const repository = repositoryWith({});
    repository.git("checkout", "-q", "change");
    repository.git(
      "update-index",
      "--add",
      "--cacheinfo",
      `120000,${repository.git("rev-parse", "main:policies/roles/admin.yaml")},policies/roles/linked.yaml`,
    );
    repository.git("commit", "-qm", "a link");
    repository.git("checkout", "-qf", "main");
    expect(await dataOf(repository)).toMatchObject({ access: [], errors: { total: 0 } });
  });

  it("counts everything of a new folder as gained", async () => {
    const repository = repositoryWith({});
    repository.git("checkout", "-q", "--orphan", "empty");
    repository.git("rm", "-rqf", "--cached", ".");
    repository.git("commit", "-q", "--allow-empty", "-m", "empty");
    repository.git("checkout", "-qf", "main");
    const { stdout } = await runVerb(review, "--policies", repository.policies, "--against", "empty");
    expect(stdout).toContain("### Access review: ");
    expect(stdout).toContain("**New tenants in `dev` (4)**");
  });
});

describe("npx portcullis review --plan", () => {
  it("has the addresses and actions of a plan, and no value", async () => {
    const repository = repositoryWith({});
    const plan = join(repository.folder, "plan.json");
    const change = (address: string, ...actions: string[]) => ({
      address,
      change: { actions, before: { secret: "s3cr3t" }, after: { secret: "s3cr3t" } },
    });
    const changes = [
      change("module.api.aws_lambda_alias.this", "update"),
      change("aws_lambda_function.this", "delete", "create"),
      change("data.aws_region.current", "read"),
      change("aws_dynamodb_table.this", "no-op"),
    ];
    writeFileSync(
      plan,
      JSON.stringify({ resource_changes: changes, variables: { key: { value: "s3cr3t" } } }),
    );
    const { stdout } = await reviewOf(repository, "--plan", plan);
    expect(stdout).toContain(
      "**Terraform (2)**\n\n- `delete and create aws_lambda_function.this`\n- `update module.api.aws_lambda_alias.this`\n",
    );
    expect((await reviewOf(repository, "--plan", plan, "--format", "json")).stdout).not.toContain("s3cr3t");
  });

  it("rejects a file that is no plan", async () => {
    const repository = repositoryWith({});
    const file = join(repository.policies, "roles/admin.yaml");
    await expect(reviewOf(repository, "--plan", file)).rejects.toThrow(
      /is not a plan: write it with terraform show/,
    );
  });
});

describe("a review that somebody else wrote", () => {
  const nothing = reviewList([]);
  const harmless: Review = {
    version: 1,
    errors: nothing,
    warnings: nothing,
    tests: { run: 1, failed: nothing },
    access: [],
    trust: nothing,
    plan: null,
  };
  const written = (content: string): Review | string => {
    const folder = mkdtempSync(join(tmpdir(), "portcullis-review-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, "review.json"), content);
    return readReview(join(folder, "review.json"));
  };

  it.each<[string, string, string]>([
    ["is too large", " ".repeat(MAX_REVIEW_BYTES + 1), "larger than"],
    ["is not JSON", "{", "is not JSON"],
    ["is of another version", JSON.stringify({ ...harmless, version: 2 }), "does not have the form"],
    ["has another key", JSON.stringify({ ...harmless, comment: "@all" }), "does not have the form"],
    ["has a longer text", JSON.stringify({ ...harmless, access: "x".repeat(501) }), "does not have the form"],
    [
      "counts less than it lists",
      JSON.stringify({ ...harmless, trust: { total: 0, first: ["GET /a is public"] } }),
      "does not have the form",
    ],
  ])("is rejected if it %s", (_, content, reason) => {
    expect(written(content)).toContain(reason);
  });

  it("is never longer than a comment of GitHub, and counts what it leaves out", () => {
    const lines = Array.from({ length: 5000 }, (_, index) => `${index} ${"\u202e`".repeat(249)}`);
    const text = reviewMarkdown(boundReview({ ...harmless, trust: reviewList(lines) }));
    expect(text.length).toBeLessThanOrEqual(MAX_COMMENT);
    const shown = text.match(/^- `/gm)?.length ?? 0;
    expect(text).toContain(`**${200 - shown + 1} lines left out**`);
    expect(text).toContain("**Trust and open routes (5000)**");
  });

  it("is at most as large as is read, with the same totals", () => {
    const lists = reviewList(Array.from({ length: 5000 }, () => "\u202e".repeat(500)));
    const large = boundReview({ ...harmless, errors: lists, warnings: lists, trust: lists });
    expect(JSON.stringify(large).length).toBeLessThan(MAX_REVIEW_BYTES);
    expect(large.errors.total).toBe(5000);
  });
});

function repositoryText(path: string): string {
  return readFileSync(join("policies", path), "utf8");
}
