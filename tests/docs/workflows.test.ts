import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}
interface Job {
  readonly uses?: string;
  readonly needs?: string | readonly string[];
  readonly "runs-on"?: string;
  readonly "timeout-minutes"?: number;
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly unknown[]>> };
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps?: readonly Step[];
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

const WORKFLOWS = readdirSync(".github/workflows");
const readWorkflow = (name: string): Workflow =>
  parse(readFileSync(join(".github/workflows", name), "utf8")) as Workflow;

const CI = readWorkflow("ci.yml");
const RELEASE = readWorkflow("release.yml");
const stepsOf = ({ jobs }: Workflow): Step[] => Object.values(jobs).flatMap(({ steps = [] }) => steps);
const needsOf = ({ needs = [] }: Job): readonly string[] => (typeof needs === "string" ? [needs] : needs);

/** Returns the command of each step of `.ci/run` by the step's name. */
function stepsOfScript(): Map<string, string> {
  const script = readFileSync(".ci/run", "utf8");
  return new Map(
    [...script.matchAll(/(?:^|\|\| )\s*(?:step|counted) "([^"]+)" (.+)$/gm)].map(
      ([, name = "", command = ""]) => [name, command] as const,
    ),
  );
}

describe(".github/workflows/ci.yml", () => {
  const script = stepsOfScript();
  const named = new Map(stepsOf(CI).map((step) => [step.name ?? "", step]));

  it("reads the steps of .ci/run", () => {
    expect(script.size).toBeGreaterThan(10);
    expect([...script.keys()]).toContain("npm run test:examples -- --full");
  });

  it.each([...script])("has the step %s of .ci/run, with its command", (name, command) => {
    const run = named.get(name)?.run ?? "";
    const written = name.split(",", 1)[0] ?? "";
    expect(
      [written, command].some((text) => run.includes(text)),
      run,
    ).toBe(true);
  });

  it("runs nothing of npm that .ci/run does not", () => {
    const commands = [...named.keys()].filter((name) => name.startsWith("npm "));
    expect(commands.filter((name) => !script.has(name))).toEqual([]);
  });

  it("makes all random draws, as .ci/run does", () => {
    expect(script.get("npm test, with all random draws")).toContain("FUZZ=full");
    expect(named.get("npm test, with all random draws")?.env).toEqual({ FUZZ: "full" });
  });

  it("tests on each supported version of Node, and on each part of the tests", () => {
    const { matrix } = CI.jobs["test"]?.strategy ?? {};
    const parts = matrix?.["part"] ?? [];
    expect(matrix?.["node"]).toEqual([20, 22, 24]);
    expect(parts).toEqual(parts.map((_, index) => index + 1));
    expect(named.get("npm test, with all random draws")?.run).toContain(`/${parts.length}`);
  });

  it("runs each part of the Terraform tests", () => {
    const source = readFileSync("tests/terraform/run.ts", "utf8");
    const [, list = ""] = /const parts: [^{]+\{\n([\s\S]*?)\n {4}\};/.exec(source) ?? [];
    const parts = [...list.matchAll(/^ {6}(\w+):/gm)].map(([, part]) => part);
    expect(parts.length).toBeGreaterThan(3);
    expect(CI.jobs["terraform"]?.strategy?.matrix["part"]).toEqual(parts);
  });
});

describe(".github/workflows/release.yml", () => {
  it("runs for a tag of a version and for nothing else", () => {
    expect(RELEASE.on).toEqual({ push: { tags: ["v[0-9]+.[0-9]+.[0-9]+"] } });
  });

  it("writes only after CI and the comparison of the package with its tag", () => {
    const writing = Object.entries(RELEASE.jobs).filter(([, { permissions }]) => permissions !== undefined);
    expect(writing.map(([name]) => name)).toEqual(["github", "npm"]);
    expect(RELEASE.jobs["github"]?.needs).toEqual(["ci", "pack"]);
    expect(RELEASE.jobs["npm"]?.needs).toBe("github");
    expect(RELEASE.jobs["ci"]?.uses).toBe("./.github/workflows/ci.yml");
    const commands = (RELEASE.jobs["pack"]?.steps ?? []).map(({ run = "" }) => run).join("\n");
    expect(commands).toContain("scripts/release-notes.ts");
    expect(commands).toContain("scripts/verify-release.ts");
  });

  it("packs as scripts/verify-release.ts does", () => {
    const commands = stepsOf(RELEASE).map(({ run = "" }) => run);
    expect(commands).toContain("npm ci --ignore-scripts");
    expect(commands).toContain("npm pack --pack-destination release");
    const verify = readFileSync("scripts/verify-release.ts", "utf8");
    expect(verify).toContain('["ci", "--ignore-scripts"');
    expect(verify).toContain('["pack", "--silent", "--pack-destination"');
  });
});

describe.each(WORKFLOWS)(".github/workflows/%s", (name) => {
  const workflow = readWorkflow(name);
  const jobs = Object.entries(workflow.jobs);

  it("reads the repository and nothing more, except where a job asks for it", () => {
    expect(workflow.permissions).toEqual({ contents: "read" });
    expect(Object.keys(workflow.on)).not.toContain("pull_request_target");
  });

  it("has a machine and a time limit for each job, and needs only jobs that exist", () => {
    for (const [job, content] of jobs) {
      for (const needed of needsOf(content)) expect(Object.keys(workflow.jobs), job).toContain(needed);
      if (content.uses === undefined) {
        expect(content["runs-on"], job).toBe("ubuntu-latest");
        expect(content["timeout-minutes"], job).toBeGreaterThan(0);
      } else expect(existsSync(content.uses), job).toBe(true);
    }
  });

  it("has either an action or a command in each step, and commands that bash can parse", () => {
    for (const { uses, run, name: title } of stepsOf(workflow)) {
      expect(
        [uses, run].filter((value) => value !== undefined),
        title ?? uses ?? run,
      ).toHaveLength(1);
      if (run !== undefined)
        execFileSync("bash", ["-n"], { input: run.replaceAll(/\$\{\{[^}]*\}\}/g, "value") });
    }
  });

  it("puts no expression that others can write into a command", () => {
    for (const { run = "" } of stepsOf(workflow))
      for (const [, expression = ""] of run.matchAll(/\$\{\{([^}]*)\}\}/g))
        expect(expression.trim()).toMatch(/^matrix\./);
  });

  it("names files and scripts that exist", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as {
      scripts: Record<string, string>;
    };
    const commands = stepsOf(workflow).map(({ run = "" }) => run);
    for (const command of commands) {
      for (const [, file = ""] of command.matchAll(/((?:\.ci|scripts)\/[\w.-]+)/g))
        expect(existsSync(file), file).toBe(true);
      for (const [, script = ""] of command.matchAll(/npm run ([a-z:]+)/g))
        expect(scripts).toHaveProperty([script]);
    }
  });

  it("pins each action to a commit or to a version", () => {
    for (const { uses } of stepsOf(workflow))
      if (uses !== undefined) expect(uses).toMatch(/^[\w-]+\/[\w-]+@(?:[0-9a-f]{40}|v\d+)$/);
  });
});

describe(".github/dependabot.yml", () => {
  it("updates each folder with a lock file", () => {
    const { updates } = parse(readFileSync(".github/dependabot.yml", "utf8")) as {
      updates: { "package-ecosystem": string; directories: string[] }[];
    };
    const npm = updates.find((update) => update["package-ecosystem"] === "npm")?.directories ?? [];
    const files = execFileSync("git", ["ls-files", "*package-lock.json"], { encoding: "utf8" });
    const folders = files
      .trim()
      .split("\n")
      .map((file) => `/${file.replace(/\/?package-lock\.json$/, "")}`);
    expect(npm.toSorted()).toEqual(folders.toSorted());
  });
});

describe.each(["bug.yml", "feature.yml"])(".github/ISSUE_TEMPLATE/%s", (file) => {
  it("is a form with a name, a description and questions", () => {
    const form = parse(readFileSync(join(".github/ISSUE_TEMPLATE", file), "utf8")) as {
      name: string;
      description: string;
      body: { type: string; id?: string; attributes: { label?: string; value?: string } }[];
    };
    expect(form.name && form.description).toBeTruthy();
    for (const { type, id, attributes } of form.body) {
      expect(["markdown", "textarea", "input"]).toContain(type);
      expect(type === "markdown" ? attributes.value : id && attributes.label).toBeTruthy();
    }
  });
});
