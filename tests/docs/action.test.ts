import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";
import { readReview } from "../../cli/review/review-file.ts";
import { repositoryWith } from "../cli/review/pull-request.ts";

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly shell?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

const ACTION = parse(readFileSync("action.yml", "utf8")) as {
  readonly inputs: Readonly<Record<string, { readonly description: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
};
const readExample = (name: string): Workflow =>
  parse(readFileSync(join("examples/ci", name), "utf8")) as Workflow;
const CHECKING = readExample("portcullis.yml");
const POSTING = readExample("portcullis-review.yml");
const stepsOf = ({ jobs }: Workflow): Step[] => Object.values(jobs).flatMap(({ steps }) => steps);

describe("action.yml", () => {
  const { inputs, runs } = ACTION;

  it("has inputs that the steps use, and no others", () => {
    const used = JSON.stringify(runs).matchAll(/inputs\.(\w+)/g);
    expect([...new Set([...used].map(([, name]) => name))].sort()).toEqual(Object.keys(inputs).sort());
    for (const { description } of Object.values(inputs)) expect(description).toMatch(/\.$/);
  });

  it("has steps with a shell that bash can parse, and puts no input into a command", () => {
    expect(runs.using).toBe("composite");
    for (const { run = "", shell, uses } of runs.steps) {
      expect([shell, uses]).toEqual(["bash", undefined]);
      expect(run).not.toContain("${{");
      execFileSync("bash", ["-n"], { input: run });
    }
  });

  it("gives the token to the step that posts alone", () => {
    const withToken = runs.steps.filter((step) => JSON.stringify(step).includes("inputs.token"));
    expect(withToken.map(({ name }) => name)).toEqual(["Post"]);
  });

  it("installs packages without their scripts", () => {
    expect(runs.steps[0]?.run).toContain("npm ci --ignore-scripts");
  });

  it("reviews a commit that is only in the remote repository, without a checkout of it", () => {
    const remote = repositoryWith({
      "roles/accountant.yaml": "allow: [invoices.read, reports.read, settings.read]\n",
    });
    remote.git("config", "uploadpack.allowAnySHA1InWant", "true");
    const folder = mkdtempSync(join(tmpdir(), "portcullis-action-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const [checkout, bin] = [join(folder, "checkout"), join(folder, "bin")];
    execFileSync("git", [
      "clone",
      "-q",
      "--single-branch",
      "--branch",
      "main",
      `file://${remote.folder}`,
      checkout,
    ]);
    mkdirSync(bin);
    // `npx --no-install portcullis` of the base's lock file is this checkout here.
    const npx = `#!/bin/sh\nshift 2\nexec "${process.execPath}" "${resolve("bin/portcullis.mjs")}" "$@"\n`;
    writeFileSync(join(bin, "npx"), npx, { mode: 0o755 });
    const step = runs.steps.find(({ name }) => name === "Review");
    execFileSync("bash", ["-eo", "pipefail", "-c", step?.run ?? "false"], {
      cwd: checkout,
      env: {
        ...process.env,
        PATH: `${bin}:${process.env["PATH"]}`,
        COMMIT: remote.git("rev-parse", "change"),
        POLICIES: "policies",
        PLAN: join(folder, "none.json"),
      },
    });
    const review = readReview(join(checkout, "review.json"));
    expect(review).toMatchObject({
      access: [{ names: ["dev"], sections: [{ kind: "gained", lines: { total: 1 } }] }],
    });
    expect(readFileSync(join(checkout, "policies/roles/accountant.yaml"), "utf8")).not.toContain("settings");
  });
});

describe("the workflows of examples/ci", () => {
  it("run nothing of a pull request where a token can write", () => {
    expect(POSTING.on).toEqual({ workflow_run: { workflows: ["Portcullis"], types: ["completed"] } });
    expect(POSTING.permissions).toEqual({});
    expect(Object.values(POSTING.jobs).map(({ permissions }) => permissions)).toEqual([
      { contents: "read", actions: "read" },
      { contents: "read", "pull-requests": "write", statuses: "write" },
    ]);
    for (const { uses = "", with: inputs = {}, run } of stepsOf(POSTING)) {
      expect(run).toBeUndefined();
      if (uses.startsWith("actions/checkout")) expect(inputs).not.toHaveProperty("ref");
      // An artifact could otherwise replace the tool.
      if (uses.startsWith("actions/download-artifact"))
        expect(inputs["path"]).toMatch(/^\$\{\{ runner\.temp \}\}\//);
    }
    expect(JSON.stringify(POSTING)).not.toContain("secrets.");
  });

  it("have the name by which one starts the other", () => {
    expect(readFileSync("examples/ci/portcullis.yml", "utf8")).toContain("\nname: Portcullis\n");
    expect(Object.keys(CHECKING.on)).toEqual(["pull_request", "pull_request_review"]);
  });

  it("give the action only inputs that it has", () => {
    const used = stepsOf(POSTING).filter(({ uses }) => uses?.includes("/portcullis@"));
    expect(used).toHaveLength(2);
    for (const { with: inputs = {} } of used)
      for (const input of Object.keys(inputs)) expect(Object.keys(ACTION.inputs)).toContain(input);
  });

  it("have a template for GitLab, with commands that bash can parse and no token", () => {
    const gitlab = parse(readFileSync("examples/ci/gitlab-ci.yml", "utf8")) as {
      portcullis: { script: string[]; artifacts: object };
    };
    execFileSync("bash", ["-n"], { input: gitlab.portcullis.script.join("\n") });
    expect(gitlab.portcullis.artifacts).toMatchObject({ expose_as: "Access review", paths: ["review.md"] });
    expect(JSON.stringify(gitlab)).not.toMatch(/TOKEN/);
  });
});
