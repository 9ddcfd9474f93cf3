import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type RunProgram, runHere } from "../../cli/deploy/run-command.ts";
import { type DeployContext, runSteps, type SmokeRequest } from "../../cli/deploy/step.ts";
import { stepsFor } from "../../cli/deploy/steps.ts";
import { loadEnvironments } from "../../cli/shared/load-environments.ts";
import { DEFAULT_LAYOUT_OPTIONS } from "../../core/policy-files/compile/build-layout.ts";
import { permissionItems } from "../../core/policy-files/compile/permission-items.ts";

const OUTPUTS = JSON.stringify({ url: { value: "https://api.example.com/dev/" } });
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A deployment whose outside is made up: Terraform plans a change, and the API answers 401. */
function trial(
  changes: Partial<DeployContext> & {
    statuses?: Readonly<Record<string, number | "missing">>;
    outputs?: object;
  } = {},
) {
  const [commands, lines, requests]: [string[], string[], SmokeRequest[]] = [[], [], []];
  const { statuses = {}, outputs = {}, ...rest } = changes;
  const run: RunProgram = (program, args) => {
    const command = [program, ...args].join(" ").replace(/^\S+ \S+\/bin\/portcullis\.mjs /, "portcullis ");
    commands.push(command);
    const known = Object.entries(statuses).find(([start]) => command.startsWith(start))?.[1];
    const status = known ?? (command.startsWith("terraform plan") ? 2 : 0);
    return Promise.resolve({
      status,
      stdout: command.startsWith("terraform output")
        ? JSON.stringify({ ...JSON.parse(OUTPUTS), ...outputs })
        : "",
    });
  };
  const deployment: DeployContext = {
    environment: "dev",
    policyFolder: "policies",
    cache: "auto",
    layout: DEFAULT_LAYOUT_OPTIONS,
    buildFlags: ["--environment", "dev"],
    readTable: () => Promise.resolve([]),
    canary: undefined,
    promote: false,
    acceptLoss: false,
    accept: [],
    run,
    say: (line) => lines.push(line),
    ask: () => Promise.resolve("yes"),
    exists: (path) => /^environments\/(dev|prod)\.(tfvars|tfbackend)$/.test(path),
    statusOf: (request) => {
      requests.push(request);
      return Promise.resolve(401);
    },
    wait: () => Promise.resolve(),
    ...rest,
  };
  const deploy = (options: { planOnly?: boolean; yes?: boolean } = {}) =>
    runSteps(stepsFor({ planOnly: false, yes: false, ...options }), deployment);
  return { deploy, commands, lines, requests };
}

/** The sample's policy files with one of them written anew. */
function policiesWith(file: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-deploy-"));
  folders.push(folder);
  cpSync("policies", folder, { recursive: true });
  writeFileSync(join(folder, file), text);
  return folder;
}

describe("npx portcullis deploy", () => {
  it("checks, tests, builds, plans, asks, applies, and makes its requests, in this order", async () => {
    const { deploy, commands, lines, requests } = trial();
    expect(await deploy()).toBe(0);
    expect(commands).toEqual([
      "terraform version -json",
      "portcullis build --environment dev",
      "terraform init -input=false -reconfigure -backend-config=environments/dev.tfbackend",
      "terraform output -json",
      "terraform output -json",
      "terraform plan -input=false -detailed-exitcode -var-file=environments/dev.tfvars -out=build/dev.tfplan",
      "terraform apply -input=false build/dev.tfplan",
      "terraform output -json",
    ]);
    expect(requests.map(({ method, url, token }) => [method, url, token !== undefined])).toEqual([
      ["GET", "https://api.example.com/dev/documents", false],
      ["GET", "https://api.example.com/dev/documents", true],
    ]);
    expect(lines.at(-1)).toBe("dev is deployed: https://api.example.com/dev");
  });

  it("tells Terraform of another folder of policy files", async () => {
    const policyFolder = policiesWith("plans.yaml", readFileSync("policies/plans.yaml", "utf8"));
    const { deploy, commands } = trial({ policyFolder });
    expect(await deploy({ planOnly: true })).toBe(0);
    expect(commands.at(-1)).toContain(` -var=policies_directory=${policyFolder} `);
  });

  it("stops at the plan with --plan", async () => {
    const { deploy, commands } = trial({ ask: undefined });
    expect(await deploy({ planOnly: true })).toBe(0);
    expect(commands.at(-1)).toMatch(/^terraform plan /);
  });

  it("applies nothing that is not confirmed", async () => {
    const { deploy, commands, lines } = trial({ ask: () => Promise.resolve("y") });
    expect(await deploy()).toBe(1);
    expect(commands.join()).not.toContain("apply");
    expect(lines).toContain('Stopped at "confirm": the plan was not confirmed');
  });

  it("does not wait for an answer where there is no terminal, and asks nobody with --yes", async () => {
    const silent = trial({ ask: undefined });
    expect(await silent.deploy()).toBe(1);
    expect(silent.lines.at(-1)).toBe("What to do: add --yes to apply, or --plan to stop here");
    const sure = trial({ ask: undefined });
    expect(await sure.deploy({ yes: true })).toBe(0);
    expect(sure.commands.join()).toContain("apply");
  });

  it("neither asks nor applies where nothing changes, and makes its requests all the same", async () => {
    const { deploy, commands, requests } = trial({ statuses: { "terraform plan": 0 }, ask: undefined });
    expect(await deploy()).toBe(0);
    expect(commands.join()).not.toContain("apply");
    expect(requests).toHaveLength(2);
  });
});

describe("what a deployment changes as access", () => {
  const outputs: RunProgram = (program, args) => {
    const isOutput = program === "terraform" && args[0] === "output";
    const stdout = isOutput
      ? JSON.stringify({ table_name: { value: "live" }, url: { value: "https://api.example.com/dev" } })
      : "";
    return Promise.resolve({ status: program === "terraform" && args[0] === "plan" ? 2 : 0, stdout });
  };
  const live = (folder = "policies") => {
    const policies = loadEnvironments(folder, "dev", { all: false });
    if (policies === undefined) throw new Error("the sample is broken");
    return permissionItems(policies[0]);
  };
  const EDITOR =
    "extends: [viewer]\nallow: [documents.write, documents.create, comments.write, PUT /files/**, documents.purge]\n";

  it("is told before the plan, against what is live", async () => {
    const { deploy, lines } = trial({ run: outputs, readTable: () => Promise.resolve(live()) });
    expect(await deploy({ planOnly: true })).toBe(0);
    expect(lines).toContain("No access changes");
  });

  it("stops it where an explicit operation is gained, until that is accepted by name", async () => {
    const policyFolder = policiesWith("roles/editor.yaml", EDITOR);
    const before = { policyFolder, run: outputs, readTable: () => Promise.resolve(live()) };
    const refused = trial(before);
    expect(await refused.deploy({ planOnly: true })).toBe(1);
    expect(refused.lines.at(-2)).toContain("DELETE /documents/{documentId}");
    expect(refused.lines.at(-1)).toBe("What to do: if that is meant: --accept documents.purge");
    expect(await trial({ ...before, accept: ["documents.purge"] }).deploy({ planOnly: true })).toBe(0);
  });

  it("stops it where more than a tenth of all access is lost, until that is accepted", async () => {
    const policyFolder = policiesWith("tenants/globex.yaml", "plan: team\nstatus: suspended\n");
    writeFileSync(
      join(policyFolder, "tests/access.yaml"),
      "- as: { tenant: globex, roles: [admin] }\n  cannot: [GET /documents]\n",
    );
    const before = { policyFolder, run: outputs, readTable: () => Promise.resolve(live()) };
    const refused = trial(before);
    expect(await refused.deploy({ planOnly: true })).toBe(1);
    expect(refused.lines.at(-2)).toMatch(
      /combinations of tenant, role and route lose access, more than 10 %/,
    );
    expect(await trial({ ...before, acceptLoss: true }).deploy({ planOnly: true })).toBe(0);
  });

  it("stops it where the live table cannot be read", async () => {
    const { deploy, lines } = trial({ run: outputs, readTable: () => Promise.reject(new Error("no")) });
    expect(await deploy({ planOnly: true })).toBe(1);
    expect(lines.at(-2)).toContain("the table live cannot be read");
  });
});

describe("a step that fails stops the deployment and says what to do", () => {
  it.each([
    ["terraform version", "missing", "there is no terraform on PATH", /^What to do: install Terraform 1\.9/],
    ["portcullis build", 1, "portcullis build ended with 1", /nothing was sent to AWS/],
    ["terraform init", 1, "terraform init ended with 1", /backend's settings/],
    ["terraform plan", 1, "terraform plan ended with 1", /docs\/operations\.md/],
    ["terraform apply", 1, "terraform apply ended with 1", /takes up where it stopped/],
    ["terraform output", 1, "terraform output ended with 1", /terraform output/],
  ] as const)("%s: %s", async (command, status, message, advice) => {
    const { deploy, commands, lines } = trial({ statuses: { [command]: status } });
    expect(await deploy()).toBe(1);
    expect(commands.at(-1)).toMatch(new RegExp(`^${command}`));
    expect(lines.at(-2)).toContain(message);
    expect(lines.at(-1)).toMatch(advice);
  });

  it("an environment without variables, with the near miss", async () => {
    const { deploy, lines } = trial({ environment: "stagin" });
    expect(await deploy()).toBe(1);
    expect(lines.at(-2)).toBe(
      'Stopped at "find Terraform and the environment": there is no environments/stagin.tfvars; did you mean "staging"?',
    );
  });

  it("an environment without a backend, with what to create", async () => {
    const { deploy, lines } = trial({ exists: (path) => path.endsWith(".tfvars") });
    expect(await deploy()).toBe(1);
    expect(lines.at(-2)).toBe('Stopped at "terraform init": there is no environments/dev.tfbackend');
    expect(lines.at(-1)).toMatch(/^What to do: create it/);
  });

  it("policy files with errors, before anything is built", async () => {
    const policyFolder = policiesWith("roles/editor.yaml", "allow: [documents.wirte]\n");
    const { deploy, commands, lines } = trial({ policyFolder });
    expect(await deploy()).toBe(1);
    expect(lines).toContain('Stopped at "check the policy files": the policy files have errors');
    expect(commands).toEqual(["terraform version -json"]);
  });

  it("an expectation that is not met, naming its file and line", async () => {
    const text =
      "- as: { tenant: acme, roles: [viewer] }\n  can:\n    - GET /documents\n    - DELETE /documents/1\n";
    const policyFolder = policiesWith("tests/access.yaml", text);
    const { deploy, commands, lines } = trial({ policyFolder });
    expect(await deploy()).toBe(1);
    expect(lines).toContain(
      `${policyFolder}/tests/access.yaml:4:7: failed: acme viewer can DELETE /documents/1 (denied: route_not_granted)`,
    );
    expect(lines).toContain('Stopped at "policy tests": 1 of 2 expectations are not met');
    expect(commands).toEqual(["terraform version -json"]);
  });

  it("an API that lets a request pass, or never answers", async () => {
    const open = trial({ statusOf: () => Promise.resolve(200) });
    expect(await open.deploy()).toBe(1);
    expect(open.lines.at(-2)).toContain("without a token: expected 401, found 200");
    const dead = trial({ statusOf: () => Promise.resolve(undefined) });
    expect(await dead.deploy()).toBe(1);
    expect(dead.lines.at(-2)).toContain("expected 401, found no answer");
  });

  it("an authorizer that does not run, though API Gateway refuses what has no token", async () => {
    const { deploy, lines } = trial({
      statusOf: ({ token }) => Promise.resolve(token === undefined ? 401 : 500),
    });
    expect(await deploy()).toBe(1);
    expect(lines.at(-2)).toContain("with a token that nobody signed: expected 401, found 500");
  });
});

describe("expectations of tenants that an environment does not have", () => {
  const text = (must: boolean) =>
    `- as: { tenant: hooli, roles: [editor] }\n  can: [POST /documents]\n  must: ${must}\n`;
  const prod = (must: boolean) =>
    trial({
      environment: "prod",
      policyFolder: policiesWith("tests/access.yaml", text(must)),
    });

  it("are left out", async () => {
    const { deploy, lines } = prod(false);
    expect(await deploy({ planOnly: true })).toBe(0);
    expect(lines).toContain("0 expectations are met; 1 left out: their tenants are not in prod");
  });

  it("are asked where they must hold", async () => {
    const { deploy, lines } = prod(true);
    expect(await deploy({ planOnly: true })).toBe(1);
    expect(lines.join("\n")).toContain("denied: unknown_tenant");
  });
});

describe("external commands", () => {
  it("are told by their status, and by what they print where that is wanted", async () => {
    expect(
      await runHere(process.execPath, ["-e", "console.log('x'); process.exitCode = 3"], { capture: true }),
    ).toEqual({
      status: 3,
      stdout: "x\n",
    });
    expect(await runHere("portcullis-no-such-program", [])).toEqual({ status: "missing", stdout: "" });
  });
});

describe("npx portcullis deploy with a canary", () => {
  const authorizer = { value: { function: "a", version: "7", alias: "layout-0" } };
  const canary = { value: { version: "8", weight: 0.1 } };
  const variableOf = (commands: readonly string[]) =>
    /-var=canary=(\{.*?\})/.exec(commands.find((command) => command.startsWith("terraform plan")) ?? "")?.[1];

  it("keeps the version that is live for the rest of the requests", async () => {
    const { deploy, commands } = trial({ canary: 10, outputs: { authorizer } });
    expect(await deploy()).toBe(0);
    expect(variableOf(commands)).toBe('{"stable_version":"7","weight":0.1}');
  });

  it("gives a canary that runs another part, or none, beside the same stable version", async () => {
    const { deploy, commands } = trial({ canary: 0, outputs: { authorizer, canary } });
    expect(await deploy()).toBe(0);
    expect(variableOf(commands)).toBe('{"stable_version":"7","weight":0}');
  });

  it("promotes it when asked, and never by the way", async () => {
    const promoted = trial({ promote: true, outputs: { authorizer, canary } });
    expect([await promoted.deploy(), variableOf(promoted.commands)]).toEqual([0, undefined]);
    const { deploy, commands, lines } = trial({ outputs: { authorizer, canary } });
    expect(await deploy()).toBe(1);
    expect(lines.at(-2)).toContain("version 8 is a canary with 10 % of the requests");
    expect(lines.at(-1)).toContain("--promote");
    expect(commands.filter((command) => /^terraform (plan|apply)/.test(command))).toEqual([]);
  });

  it("stops where there is none to promote, or nothing to stand beside", async () => {
    expect(await trial({ promote: true, outputs: { authorizer } }).deploy()).toBe(1);
    expect(await trial({ canary: 10 }).deploy()).toBe(1);
  });
});
