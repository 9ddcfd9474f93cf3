import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { diff } from "../../../cli/commands/policies/diff.ts";
import { matrix } from "../../../cli/commands/policies/matrix.ts";
import { runVerb, sampleWith } from "../run-verb.ts";

const EDITOR =
  "extends: [viewer]\nallow: [documents.write, documents.create, comments.write, PUT /files/**, documents.purge]\n";

describe("npx portcullis diff", () => {
  const against = (changes: Record<string, string>, ...args: string[]) =>
    runVerb(diff, "--policies", sampleWith(changes), "--against", sampleWith(), ...args);

  it("finds no changes if only comments and descriptions changed", async () => {
    const { status, stdout } = await against({
      "roles/accountant.yaml": "# who sees money\ndescription: Money\nallow: [reports.read, invoices.read]\n",
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "No access changes\n" });
  });

  it("prints one entry for an edit of a shared role, counts its tenants and marks explicit operations", async () => {
    const { stdout } = await against({ "roles/editor.yaml": EDITOR });
    expect(stdout).toContain(
      "editor, in 2 tenants (globex, hooli), gains DELETE /documents/{documentId}  ! explicit",
    );
    expect(stdout).not.toContain("Lost");
  });

  it("prints a tenant's own change for that tenant", async () => {
    const { stdout } = await against({
      "tenants/globex.yaml":
        "plan: team\nissuers: [main]\nchanges:\n  editor: { except: [documents.create, documents.write] }\n",
    });
    expect(stdout).toContain("globex / editor loses PUT /documents/{documentId}");
  });

  it("reports a grant that loses its binding as a gain", async () => {
    const { stdout } = await against({
      "roles/accountant.yaml": "allow: [reports.read, invoices.read, PATCH /users/*]\n",
      "roles/viewer.yaml":
        "allow: [documents.read, documents.search, comments.read, files.read, settings.read, users.read, PATCH /users/*]\n",
    });
    expect(stdout).toMatch(
      /viewer, in 3 tenants .* gains PATCH \/users\/\{userId\} unbound \(was where userId=subject\)/,
    );
  });

  it("lists suspended and new tenants by name", async () => {
    const { stdout } = await against({
      "tenants/globex.yaml": "plan: team\nstatus: suspended\n",
      "tenants/newco.yaml": "plan: free\n",
    });
    expect(stdout).toMatch(/Suspended \(1\)\n {2}globex \(\d+ grants of its roles\)/);
    expect(stdout).not.toContain("globex / viewer loses");
    expect(stdout).toMatch(/New tenants \(1\)\n {2}newco \(\d+ grants of its roles\)/);
  });

  it("fails for a gain with --fail-on gain", async () => {
    expect((await against({ "roles/editor.yaml": EDITOR }, "--fail-on", "gain")).status).toBe(1);
    expect((await against({ "roles/editor.yaml": EDITOR }, "--fail-on", "loss")).status).toBe(0);
  });

  it("writes Markdown for a pull request", async () => {
    const { stdout } = await against({ "roles/editor.yaml": EDITOR }, "--format", "markdown");
    expect(stdout).toMatch(/\*\*Gained \(1\)\*\*\n\n- `editor, in 2 tenants/);
  });

  it("compares with the last commit by default", async () => {
    const folder = sampleWith();
    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t.example", ...args], {
        cwd: folder,
        stdio: "pipe",
      });
    git("init", "-q");
    git("add", ".");
    git("commit", "-qm", "sample");
    writeFileSync(join(folder, "roles/editor.yaml"), EDITOR);
    expect((await runVerb(diff, "--policies", folder)).stdout).toContain(
      "gains DELETE /documents/{documentId}",
    );
  });

  it("rejects a commit that git does not know", async () => {
    await expect(runVerb(diff, "--policies", "policies", "--against", "no-such-commit")).rejects.toThrow(
      /--against: git says/,
    );
  });
});

describe("npx portcullis matrix", () => {
  it.each(["text", "markdown"])("as %s has a legend, needed scopes and bindings", async (format) => {
    const { stdout } = await runVerb(
      matrix,
      "--policies",
      sampleWith(),
      "--format",
      format,
      "--tenant",
      "globex",
    );
    expect(stdout).toMatch(/^yes: allowed; own: allowed only with the caller's own values, .*; -: denied\./);
    const lineOf = (route: string): string =>
      stdout.split("\n").find((line) => line.includes(`${route}${format === "text" ? " " : "`"}`)) ?? "";
    expect(lineOf("DELETE /documents/{documentId}")).toMatch(/scopes: docs:write( \|)?$/);
    expect(lineOf("PATCH /users/{userId}")).toMatch(/own: userId=subject/);
    expect(stdout).toMatch(/viewer.*needs/);
  });

  it("lists the roles that may call one route", async () => {
    const { stdout } = await runVerb(
      matrix,
      "--policies",
      sampleWith(),
      "--who",
      "DELETE /documents/{documentId}",
    );
    expect(stdout).toBe("DELETE /documents/{documentId}, with the scopes docs:write:\n  globex / admin\n");
  });

  it("suggests a similar route", async () => {
    await expect(
      runVerb(matrix, "--policies", sampleWith(), "--who", "DELETE /document/{documentId}"),
    ).rejects.toThrow('did you mean "DELETE /documents/{documentId}"?');
  });

  it("writes a self-contained page and escapes its values", async () => {
    const { stdout } = await runVerb(
      matrix,
      "--policies",
      sampleWith({ "tenants/evil.yaml": "id: <script>alert(1)</script>\nplan: free\n" }),
      "--format",
      "html",
    );
    expect(stdout).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(stdout).not.toMatch(/<script|src=|href=|@import/);
  });

  it("quotes CSV values that a spreadsheet would run", async () => {
    const { stdout } = await runVerb(
      matrix,
      "--policies",
      sampleWith({ "tenants/evil.yaml": 'id: "=1+1"\nplan: free\n' }),
      "--format",
      "csv",
    );
    expect(stdout).toContain('"\'=1+1","viewer"');
  });
});
