import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { build } from "../../cli/commands/deploy/build.ts";
import { type RunProgram, runHere } from "../../cli/deploy/run-command.ts";
import { type DeployContext, runSteps, type SmokeRequest } from "../../cli/deploy/step.ts";
import { stepsFor } from "../../cli/deploy/steps.ts";
import { type ApiShape, readDocumentShape } from "../../cli/doctor/api-shape.ts";
import type { ApiReading } from "../../cli/doctor/state.ts";
import { loadEnvironments } from "../../cli/shared/load-environments.ts";
import { DEFAULT_LAYOUT_OPTIONS } from "../../core/policy-files/compile/build-layout.ts";
import { cachingReport } from "../../core/policy-files/compile/caching-report.ts";
import { compilePolicies } from "../../core/policy-files/compile/compile.ts";
import { permissionItems } from "../../core/policy-files/compile/permission-items.ts";
import { writeArtefacts } from "../../packaging/artefacts.ts";
import { runVerb } from "./run-verb.ts";

const OUTPUTS = JSON.stringify({
  url: { value: "https://api.example.com/dev/" },
  api_id: { value: "abcdef1234" },
  keeper: { value: "terraform" },
});
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** Creates a deployment with fakes: Terraform plans a change, and the API responds with 401. */
function fakeDeployment(
  changes: Partial<DeployContext> & {
    statuses?: Readonly<Record<string, number | "missing">>;
    outputs?: object;
    /** The types of the resources that the plan creates. */
    planned?: readonly string[];
  } = {},
) {
  const [commands, lines, requests]: [string[], string[], SmokeRequest[]] = [[], [], []];
  const { statuses = {}, outputs = {}, planned = [], ...rest } = changes;
  const run: RunProgram = (program, args) => {
    const command = [program, ...args].join(" ").replace(/^\S+ \S+\/bin\/portcullis\.mjs /, "portcullis ");
    commands.push(command);
    const given = Object.entries(statuses).find(([start]) => command.startsWith(start))?.[1];
    const status = given ?? (command.startsWith("terraform plan") ? 2 : 0);
    const plan = { resource_changes: planned.map((type) => ({ type, change: { actions: ["create"] } })) };
    const printed = {
      "terraform output": { ...JSON.parse(OUTPUTS), ...outputs },
      "terraform show": plan,
    };
    const found = Object.entries(printed).find(([start]) => command.startsWith(start))?.[1];
    return Promise.resolve({ status, stdout: found === undefined ? "" : JSON.stringify(found) });
  };
  const deployment: DeployContext = {
    environment: "dev",
    policyFolder: "policies",
    buildFolder: "build",
    cache: "auto",
    layout: DEFAULT_LAYOUT_OPTIONS,
    buildFlags: ["--environment", "dev"],
    readTable: () => Promise.resolve([]),
    canary: undefined,
    promote: false,
    acceptLoss: false,
    accept: [],
    run,
    print: (line) => lines.push(line),
    ask: () => Promise.resolve("yes"),
    exists: (path) => /^environments\/(dev|prod)\.(tfvars|tfbackend)$/.test(path),
    fetchStatus: (request) => {
      requests.push(request);
      return Promise.resolve(401);
    },
    resolves: () => Promise.resolve(true),
    readLogRole: () => Promise.resolve("arn:aws:iam::111122223333:role/api-logs"),
    countWeights: () => Promise.resolve(0),
    readHttpApi: () => Promise.reject(new Error("no HTTP API is read")),
    wait: () => Promise.resolve(),
    ...rest,
  };
  const deploy = (options: { planOnly?: boolean; yes?: boolean; http?: boolean } = {}) =>
    runSteps(stepsFor({ planOnly: false, yes: false, http: false, ...options }), deployment);
  return { deploy, commands, lines, requests };
}

/** Copies the sample's policy files and replaces one of them. */
function policiesWith(file: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-deploy-"));
  folders.push(folder);
  cpSync("policies", folder, { recursive: true });
  writeFileSync(join(folder, file), text);
  return folder;
}

/** A table that publish keeps, and that does not have the tenant globex yet. */
const kept = {
  accept: ["documents.purge"],
  outputs: { table_name: { value: "live" }, keeper: { value: "publish" } },
  readTable: () => {
    const [policies] = loadEnvironments("policies", "dev", { all: false }) ?? [];
    if (policies === undefined) throw new Error("the sample is broken");
    return Promise.resolve(permissionItems(policies).filter(({ id }) => id !== "globex"));
  },
} as const;

/** Writes a build for an HTTP API, without code, and returns its folder and the live API that it describes. */
function httpBuild() {
  const policies = loadEnvironments("policies", "dev", { all: true });
  if (policies === undefined) throw new Error("The sample has errors");
  const compiled = compilePolicies(policies, "auto", DEFAULT_LAYOUT_OPTIONS, "http-simple");
  const buildFolder = mkdtempSync(join(tmpdir(), "portcullis-build-"));
  folders.push(buildFolder);
  const none = new Uint8Array();
  const artefacts = {
    compiled,
    authorizer: none,
    sampleBackend: none,
    tokenClaims: none,
    historyExport: none,
  };
  writeArtefacts(buildFolder, artefacts, cachingReport(compiled, DEFAULT_LAYOUT_OPTIONS), new Map());
  const shape = readDocumentShape(compiled.definitions[compiled.mode] as Record<string, unknown>);
  const live = (changes: Partial<ApiShape> = {}): ApiReading => ({
    shape: { ...shape, ...changes },
    authorizerIds: new Map(),
    preflights: new Map(),
    policy: undefined,
    keySource: "HEADER",
    keyed: [],
  });
  return { buildFolder, live, shape };
}

describe("the deployment of an HTTP API", () => {
  const deployHttp = async (live: ApiReading | Error, buildFolder: string) => {
    const readHttpApi = () => (live instanceof Error ? Promise.reject(live) : Promise.resolve(live));
    const { deploy, lines, requests } = fakeDeployment({ buildFolder, readHttpApi });
    return { status: await deploy({ http: true }), lines, requests };
  };

  it("continues if its routes and authorizers are as built", async () => {
    const { buildFolder, live } = httpBuild();
    const { status, lines } = await deployHttp(live(), buildFolder);
    expect([status, lines.filter((line) => line.endsWith("are as built"))]).toEqual([
      0,
      ["19 routes are as built"],
    ]);
  });

  it("stops, and sends no requests, if the import left out an authorizer and its routes", async () => {
    const { buildFolder, live, shape } = httpBuild();
    const guards = new Map([...shape.guards].filter(([route]) => route !== "GET /documents"));
    const { status, lines, requests } = await deployHttp(
      live({ guards, authorizers: new Map() }),
      buildFolder,
    );
    expect(status).toBe(1);
    expect(lines).toContain("not found: the route GET /documents");
    expect(lines).toContain("not found: the authorizer portcullis_all");
    expect(lines.at(-2)).toBe(
      'Stopped at "compare the API with the build": API Gateway did not import the build: 2 differences',
    );
    expect(requests).toEqual([]);
  });

  it("stops if a route is open, caches by another key, or cannot be read", async () => {
    const { buildFolder, live, shape } = httpBuild();
    const open = new Map([...shape.guards, ["GET /documents", "NONE"]]);
    expect((await deployHttp(live({ guards: open }), buildFolder)).lines).toContain(
      "GET /documents has no authorizer, so it is open to everyone: it must have portcullis_all",
    );
    const [[name, authorizer] = []] = shape.authorizers;
    const byToken = new Map([[name ?? "", { ...authorizer, sources: ["$request.header.Authorization"] }]]);
    const wrong = await deployHttp(live({ authorizers: byToken as ApiShape["authorizers"] }), buildFolder);
    expect(wrong.lines.join("\n")).toContain("portcullis_all caches by $request.header.Authorization, but");
    const failed = await deployHttp(new Error("AccessDenied"), buildFolder);
    expect(failed.lines.join("\n")).toContain("the API cannot be read: AccessDenied");
  });
});

describe("npx portcullis deploy", () => {
  it("checks, tests, builds, plans, asks, applies and sends requests, in this order", async () => {
    const { deploy, commands, lines, requests } = fakeDeployment();
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

  it("publishes after the apply if publish keeps the items, and counts the changes in the question", async () => {
    const questions: string[] = [];
    const fake = fakeDeployment({
      ...kept,
      statuses: { "terraform plan": 0 },
      ask: (question) => {
        questions.push(question);
        return Promise.resolve("yes");
      },
    });
    expect(await fake.deploy()).toBe(0);
    expect(questions).toEqual(['In dev, publish 1 item? Only "yes" does it: ']);
    expect(fake.commands.slice(-2)).toEqual([
      "terraform output -json",
      "portcullis publish --table live --environment dev --policies policies",
    ]);
    const rejected = fakeDeployment({
      ...kept,
      statuses: { "portcullis publish": 1 },
    });
    expect(await rejected.deploy()).toBe(1);
    expect(rejected.lines).toContain(
      `Stopped at "publish the policy files' items": portcullis publish ended with 1`,
    );
    expect(rejected.requests).toEqual([]);
  });

  it("asks for the changes that only publish makes, and publishes nothing with --plan", async () => {
    const fake = fakeDeployment({ ...kept, statuses: { "terraform plan": 0 }, ask: undefined });
    expect(await fake.deploy()).toBe(1);
    const planned = fakeDeployment(kept);
    expect(await planned.deploy({ planOnly: true })).toBe(0);
    expect(fake.commands.concat(planned.commands).join()).not.toContain("portcullis publish");
    expect(planned.lines.some((line) => line.includes("globex"))).toBe(true);
  });

  it("passes another policy folder to Terraform", async () => {
    const policyFolder = policiesWith("plans.yaml", readFileSync("policies/plans.yaml", "utf8"));
    const { deploy, commands } = fakeDeployment({ policyFolder });
    expect(await deploy({ planOnly: true })).toBe(0);
    expect(commands.at(-1)).toContain(` -var=policies_directory=${policyFolder} `);
  });

  it("stops after the plan with --plan", async () => {
    const { deploy, commands } = fakeDeployment({ ask: undefined });
    expect(await deploy({ planOnly: true })).toBe(0);
    expect(commands.at(-1)).toMatch(/^terraform plan /);
  });

  it("applies nothing without confirmation", async () => {
    const { deploy, commands, lines } = fakeDeployment({ ask: () => Promise.resolve("y") });
    expect(await deploy()).toBe(1);
    expect(commands.join()).not.toContain("apply");
    expect(lines).toContain('Stopped at "confirm": the plan was not confirmed');
  });

  it("fails without a terminal to ask, and does not ask with --yes", async () => {
    const without = fakeDeployment({ ask: undefined });
    expect(await without.deploy()).toBe(1);
    expect(without.lines.at(-1)).toBe("What to do: add --yes to apply, or --plan to stop here");
    const confirmed = fakeDeployment({ ask: undefined });
    expect(await confirmed.deploy({ yes: true })).toBe(0);
    expect(confirmed.commands.join()).toContain("apply");
  });

  it("neither asks nor applies if nothing changes, but sends its requests", async () => {
    const { deploy, commands, requests } = fakeDeployment({
      statuses: { "terraform plan": 0 },
      ask: undefined,
    });
    expect(await deploy()).toBe(0);
    expect(commands.join()).not.toContain("apply");
    expect(requests).toHaveLength(2);
  });
});

describe("the access that a deployment changes", () => {
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

  it("is printed before the plan, compared with the live table", async () => {
    const { deploy, lines } = fakeDeployment({ run: outputs, readTable: () => Promise.resolve(live()) });
    expect(await deploy({ planOnly: true })).toBe(0);
    expect(lines).toContain("No access changes");
  });

  it("stops the deployment if an explicit operation is gained, until it is accepted by name", async () => {
    const policyFolder = policiesWith("roles/editor.yaml", EDITOR);
    const before = { policyFolder, run: outputs, readTable: () => Promise.resolve(live()) };
    const rejected = fakeDeployment(before);
    expect(await rejected.deploy({ planOnly: true })).toBe(1);
    expect(rejected.lines.at(-2)).toContain("DELETE /documents/{documentId}");
    expect(rejected.lines.at(-1)).toBe("What to do: if this is intended, add --accept documents.purge");
    expect(await fakeDeployment({ ...before, accept: ["documents.purge"] }).deploy({ planOnly: true })).toBe(
      0,
    );
  });

  it("stops the deployment if more than a tenth of all access is lost, until that is accepted", async () => {
    const policyFolder = policiesWith("tenants/globex.yaml", "plan: team\nstatus: suspended\n");
    writeFileSync(
      join(policyFolder, "tests/access.yaml"),
      "- as: { tenant: globex, roles: [admin] }\n  cannot: [GET /documents]\n",
    );
    const before = { policyFolder, run: outputs, readTable: () => Promise.resolve(live()) };
    const rejected = fakeDeployment(before);
    expect(await rejected.deploy({ planOnly: true })).toBe(1);
    expect(rejected.lines.at(-2)).toMatch(
      /combinations of tenant, role and route lose access, more than 10 %/,
    );
    expect(await fakeDeployment({ ...before, acceptLoss: true }).deploy({ planOnly: true })).toBe(0);
  });

  it("is all new in a table without a catalogue, as a restore leaves it", async () => {
    const tenants = live().filter(({ pk }) => pk !== "CATALOGUE");
    const { deploy, lines } = fakeDeployment({ run: outputs, readTable: () => Promise.resolve(tenants) });
    expect(await deploy({ planOnly: true })).toBe(0);
    expect(lines.join("\n")).toContain("so it allows no request: all access is new");
  });

  it("stops the deployment if the live table cannot be read", async () => {
    const { deploy, lines } = fakeDeployment({
      run: outputs,
      readTable: () => Promise.reject(new Error("no")),
    });
    expect(await deploy({ planOnly: true })).toBe(1);
    expect(lines.at(-2)).toContain("the table live cannot be read");
  });
});

describe("a step that fails stops the deployment and prints what to do", () => {
  it.each([
    ["terraform version", "missing", "there is no terraform on PATH", /^What to do: install Terraform 1\.10/],
    ["portcullis build", 1, "portcullis build ended with 1", /nothing was sent to AWS/],
    ["terraform init", 1, "terraform init ended with 1", /backend's settings/],
    ["terraform plan", 1, "terraform plan ended with 1", /docs\/operations\.md/],
    ["terraform apply", 1, "terraform apply ended with 1", /continues where it stopped/],
    ["terraform output", 1, "terraform output ended with 1", /terraform output/],
  ] as const)("%s: %s", async (command, status, message, advice) => {
    const { deploy, commands, lines } = fakeDeployment({ statuses: { [command]: status } });
    expect(await deploy()).toBe(1);
    expect(commands.at(-1)).toMatch(new RegExp(`^${command}`));
    expect(lines.at(-2)).toContain(message);
    expect(lines.at(-1)).toMatch(advice);
  });

  it("an environment without variables, with a suggestion", async () => {
    const { deploy, lines } = fakeDeployment({ environment: "stagin" });
    expect(await deploy()).toBe(2);
    expect(lines.at(-2)).toBe(
      'Stopped at "find Terraform and the environment": there is no environments/stagin.tfvars; did you mean "staging"?',
    );
  });

  it("an environment without a backend, with the file to create", async () => {
    const { deploy, lines } = fakeDeployment({ exists: (path) => path.endsWith(".tfvars") });
    expect(await deploy()).toBe(2);
    expect(lines.at(-2)).toBe('Stopped at "terraform init": there is no environments/dev.tfbackend');
    expect(lines.at(-1)).toMatch(/^What to do: create it/);
  });

  it("policy files with errors, before anything is built", async () => {
    const policyFolder = policiesWith("roles/editor.yaml", "allow: [documents.wirte]\n");
    const { deploy, commands, lines } = fakeDeployment({ policyFolder });
    expect(await deploy()).toBe(2);
    expect(lines).toContain('Stopped at "check the policy files": the policy files have errors');
    expect(commands).toEqual(["terraform version -json"]);
  });

  it("a policy test that fails, with its file and line", async () => {
    const text =
      "- as: { tenant: acme, roles: [viewer] }\n  can:\n    - GET /documents\n    - DELETE /documents/1\n";
    const policyFolder = policiesWith("tests/access.yaml", text);
    const { deploy, commands, lines } = fakeDeployment({ policyFolder });
    expect(await deploy()).toBe(1);
    expect(lines).toContain(
      `${policyFolder}/tests/access.yaml:4:7: failed: acme viewer can DELETE /documents/1 (denied: route_not_granted)`,
    );
    const roles = `${policyFolder}/roles/viewer.yaml:`;
    expect(lines.find((line) => line.includes("role viewer does not allow"))).toContain(roles);
    expect(lines.find((line) => line.startsWith("  to change: add `documents.purge` to"))).toContain(roles);
    expect(lines).toContain('Stopped at "policy tests": 1 of 2 policy tests failed');
    expect(commands).toEqual(["terraform version -json"]);
  });

  it("an API that allows a request without a token, or never responds", async () => {
    const open = fakeDeployment({ fetchStatus: () => Promise.resolve(200) });
    expect(await open.deploy()).toBe(1);
    expect(open.lines.at(-2)).toContain("without a token: expected 401, found 200");
    const dead = fakeDeployment({ fetchStatus: () => Promise.resolve(undefined) });
    expect(await dead.deploy()).toBe(1);
    expect(dead.lines.at(-2)).toContain("expected 401, found no response");
  });

  it("an authorizer that does not run, although API Gateway rejects requests without a token", async () => {
    const { deploy, lines } = fakeDeployment({
      fetchStatus: ({ token }) => Promise.resolve(token === undefined ? 401 : 500),
    });
    expect(await deploy()).toBe(1);
    expect(lines.at(-2)).toContain("with an invalid token: expected 401, found 500");
  });
});

describe("policy tests of tenants that an environment does not have", () => {
  const text = (mark: string) =>
    `- as: { tenant: hooli, roles: [editor] }\n  can: [POST /documents]\n  ${mark}\n`;
  const prod = (mark: string) =>
    fakeDeployment({
      environment: "prod",
      policyFolder: policiesWith("tests/access.yaml", text(mark)),
    });

  it.each(["must: false", "environment: dev"])("are skipped with %s", async (mark) => {
    const { deploy, lines } = prod(mark);
    expect(await deploy({ planOnly: true })).toBe(0);
    expect(lines).toContain(
      "0 policy tests passed; 1 skipped, because they are for other environments than prod",
    );
  });

  it("are run with must: true", async () => {
    const { deploy, lines } = prod("must: true");
    expect(await deploy({ planOnly: true })).toBe(1);
    expect(lines.join("\n")).toContain('there is no tenant "hooli"');
  });
});

describe("external commands", () => {
  it("return their status, and their output on request", async () => {
    expect(
      await runHere(process.execPath, ["-e", "console.log('x'); process.exitCode = 3"], { capture: true }),
    ).toEqual({
      status: 3,
      stdout: "x\n",
    });
    expect(await runHere("portcullis-no-such-program", [])).toEqual({ status: "missing", stdout: "" });
  });

  it("cannot change the terminal by what they print, and Terraform prints without colours", async () => {
    const program = String.raw`
      const text = "a\u001b[2J\u202eb\u0007\tc\n";
      process.stdout.write(text + process.env.TF_CLI_ARGS + "\n");
      process.stderr.write(text);`;
    const result = await runVerb({
      ...build,
      run: async () => Number((await runHere(process.execPath, ["-e", program])).status),
    });
    const shown = `${String.raw`a\u001b[2J\u202eb\u0007`}\tc\n`;
    expect(result).toEqual({ status: 0, stdout: `${shown}-no-color\n`, stderr: shown });
  });
});

describe("a custom domain", () => {
  const outputs = {
    url: { value: "https://api.example.com/v1" },
    domain_target: { value: { name: "d-abc.execute-api.eu-central-1.amazonaws.com", zone_id: "Z1" } },
  };

  it("is asked at the API's regional host, and its missing DNS record is printed at the end", async () => {
    const { deploy, lines, requests } = fakeDeployment({ outputs, resolves: () => Promise.resolve(false) });
    expect(await deploy()).toBe(0);
    expect(requests.map(({ url, connectTo }) => [url, connectTo])).toEqual(
      Array(2).fill(["https://api.example.com/v1/documents", outputs.domain_target.value.name]),
    );
    expect(lines.slice(-2)).toEqual([
      "dev is deployed: https://api.example.com/v1",
      "api.example.com has no address yet: now create its DNS record, an alias (Route 53) or a CNAME to d-abc.execute-api.eu-central-1.amazonaws.com, unless domain.zone_id has just created it",
    ]);
  });

  it("that has an address needs no more", async () => {
    const { deploy, lines } = fakeDeployment({ outputs });
    expect(await deploy()).toBe(0);
    expect(lines.at(-1)).toBe("dev is deployed: https://api.example.com/v1");
  });
});

describe("API Gateway's role for logs", () => {
  const missing = { readLogRole: () => Promise.resolve(undefined) };

  it("must exist before a REST API's stage is created, and the module that creates it is named", async () => {
    const { deploy, commands, lines } = fakeDeployment({ ...missing, planned: ["aws_api_gateway_stage"] });
    expect(await deploy()).toBe(1);
    expect(lines.at(-2)).toContain("has no role to write logs with");
    expect(lines.at(-1)).toContain("module account-logging");
    expect(commands.join()).not.toContain("apply");
  });

  it.each([
    ["that the plan creates", ["aws_api_gateway_stage", "aws_api_gateway_account"]],
    ["that an HTTP API does not need", ["aws_apigatewayv2_stage"]],
    ["whose absence a deployed stage has survived", []],
  ])("%s stops nothing", async (_, planned) => {
    expect(await fakeDeployment({ ...missing, planned }).deploy()).toBe(0);
  });

  it("that cannot be read is reported, and stops nothing", async () => {
    const denied = Object.assign(new Error("no"), { name: "AccessDeniedException" });
    const { deploy, lines } = fakeDeployment({
      readLogRole: () => Promise.reject(denied),
      planned: ["aws_api_gateway_stage"],
    });
    expect(await deploy()).toBe(0);
    expect(lines.join("\n")).toContain("role for logs cannot be read (AccessDeniedException)");
  });
});

describe("the outputs of main.tf", () => {
  it("compiles the roles of run-time tenants again where Terraform keeps the items", async () => {
    const outputs = { table_name: { value: "live" }, keeper: { value: "terraform" } };
    const compile = "portcullis tenant compile --table live --reason deployed dev";
    const { deploy, commands } = fakeDeployment({ outputs });
    expect(await deploy()).toBe(0);
    expect(commands.indexOf(compile)).toBeGreaterThan(
      commands.findIndex((one) => one.startsWith("terraform apply")),
    );
    const failing = fakeDeployment({ outputs, statuses: { [compile]: 1 } });
    expect(await failing.deploy()).toBe(1);
    expect(failing.lines.join("\n")).toContain("portcullis tenant compile ended with 1");
  });

  it("must say who keeps the items, because publish would not run otherwise", async () => {
    const { deploy, lines } = fakeDeployment({ outputs: { keeper: undefined } });
    expect(await deploy()).toBe(1);
    expect(lines.at(-2)).toBe('Stopped at "read the outputs": there is no output keeper');
    expect(lines.at(-1)).toContain("pass on all outputs of the module in main.tf");
  });
});

describe("the alias", () => {
  const authorizer = { value: { function: "a", version: "7", alias: "layout-0" } };

  it("has no weights when a deployment ends, so that the next plan is empty", async () => {
    const asked: string[][] = [];
    const { deploy, lines } = fakeDeployment({
      outputs: { authorizer },
      countWeights: (...names) => Promise.resolve(asked.push(names) < 4 ? 1 : 0),
    });
    expect(await deploy()).toBe(0);
    expect(asked).toEqual(Array(4).fill(["a", "layout-0"]));
    expect(lines.filter((line) => line.startsWith("Waiting until Lambda has moved"))).toHaveLength(1);
  });

  it("is not waited for for ever, nor where it cannot be read, nor with a canary", async () => {
    const slow = fakeDeployment({ outputs: { authorizer }, countWeights: () => Promise.resolve(1) });
    expect(await slow.deploy()).toBe(0);
    expect(slow.lines.join("\n")).toContain("a plan shows a change of its routing_config");
    const unreadable = { outputs: { authorizer }, countWeights: () => Promise.reject(new Error("no")) };
    expect(await fakeDeployment(unreadable).deploy()).toBe(0);
    const canary = { value: { version: "8", weight: 0.1 } };
    const withCanary = fakeDeployment({ ...unreadable, canary: 10, outputs: { authorizer, canary } });
    expect(await withCanary.deploy()).toBe(0);
    expect(withCanary.lines.join("\n")).not.toContain("alias cannot be read");
  });
});

describe("npx portcullis deploy with a canary", () => {
  const authorizer = { value: { function: "a", version: "7", alias: "layout-0" } };
  const canary = { value: { version: "8", weight: 0.1 } };
  const canaryVariable = (commands: readonly string[]) =>
    /-var=canary=(\{.*?\})/.exec(commands.find((command) => command.startsWith("terraform plan")) ?? "")?.[1];

  it("keeps the live version for the rest of the requests", async () => {
    const { deploy, commands } = fakeDeployment({ canary: 10, outputs: { authorizer } });
    await deploy({ planOnly: true });
    expect(canaryVariable(commands)).toBe('{"stable_version":"7","weight":0.1}');
  });

  it("changes the share of a running canary, with the same stable version", async () => {
    const { deploy, commands } = fakeDeployment({ canary: 0, outputs: { authorizer, canary } });
    expect(await deploy()).toBe(0);
    expect(canaryVariable(commands)).toBe('{"stable_version":"7","weight":0}');
  });

  it("promotes a canary with --promote, and never without", async () => {
    const promoted = fakeDeployment({ promote: true, outputs: { authorizer, canary } });
    expect([await promoted.deploy(), canaryVariable(promoted.commands)]).toEqual([0, undefined]);
    const { deploy, commands, lines } = fakeDeployment({ outputs: { authorizer, canary } });
    expect(await deploy()).toBe(1);
    expect(lines.at(-2)).toContain("version 8 is a canary with 10 % of the requests");
    expect(lines.at(-1)).toContain("--promote");
    expect(commands.filter((command) => /^terraform (plan|apply)/.test(command))).toEqual([]);
  });

  it("stops if main.tf hides the canary, because the next deployment would promote it", async () => {
    const { deploy, lines } = fakeDeployment({ canary: 10, outputs: { authorizer } });
    expect(await deploy()).toBe(1);
    expect(lines.at(-2)).toContain("there is no output canary");
  });

  it("stops if there is no canary to promote, or no stable version", async () => {
    expect(await fakeDeployment({ promote: true, outputs: { authorizer } }).deploy()).toBe(1);
    expect(await fakeDeployment({ canary: 10 }).deploy()).toBe(1);
  });
});
