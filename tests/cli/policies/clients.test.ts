import { describe, expect, it } from "vitest";
import { explain } from "../../../cli/commands/policies/explain.ts";
import { matrix } from "../../../cli/commands/policies/matrix.ts";
import { test as testVerb } from "../../../cli/commands/policies/test.ts";
import { diffAccess, printAccessChange } from "../../../core/policy-files/access/diff.ts";
import { permissionItems } from "../../../core/policy-files/compile/permission-items.ts";
import { orderWrites } from "../../../core/policy-files/publish/steps.ts";
import { BASE, type FileTexts, policiesOf } from "../../support/policy-files.ts";
import { runVerb, sampleWith } from "../run-verb.ts";

const CLIENT = ["--client", "quill-assistant", "--issuer", "main"];

describe("a client of the sample", () => {
  it("limits the cells of matrix, and has to have an issuer", async () => {
    const run = (...args: string[]) =>
      runVerb(matrix, "--policies", sampleWith(), "--tenant", "acme", "--format", "csv", ...args);
    const cell = '"acme","editor","GET /files/{proxy+}","allowed"';
    expect((await run()).stdout).toContain(cell);
    const { stdout } = await run(...CLIENT);
    expect(stdout).toContain(cell.replace("allowed", "denied"));
    expect(stdout).toContain('"acme","editor","PUT /documents/{documentId}","allowed"');
    await expect(run("--client", "quill-assistant")).rejects.toThrow(
      "--issuer is missing: expected acme-okta or main",
    );
  });

  it("decides in explain, by the line of its ceiling", async () => {
    const ask = (request: string, ...args: string[]) =>
      runVerb(explain, "--policies", sampleWith(), "--tenant", "acme", "--role", "admin", ...args, request);
    expect((await ask("GET /files/a")).status).toBe(0);
    const { status, stdout } = await ask("GET /files/a", ...CLIENT);
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /- the ceiling of the client quill-assistant of main does not reach it {2}\(\S*clients\.yaml:15:9\) {2}decides\n {2}to change: add `files\.read` to \S*clients\.yaml:15\n/,
    );
  });

  it("limits its delegate too, in matrix, explain and policy tests", async () => {
    const through = ["--delegate", "quill-agent", "--issuer", "main"];
    const as = "{ tenant: acme, role: admin, issuer: main, client: quill-web, delegate: quill-agent }";
    const folder = sampleWith({
      "tests/delegates.yaml": `- as: ${as}\n  can: [GET /documents/1]\n  cannot: [PUT /documents/1]\n`,
    });
    expect((await runVerb(testVerb, "--policies", folder)).status).toBe(0);
    const flags = ["--policies", folder, "--tenant", "acme", ...through];
    const { stdout: cells } = await runVerb(matrix, ...flags, "--format", "csv");
    expect(cells).toContain('"acme","admin","GET /documents/{documentId}","allowed"');
    expect(cells).toContain('"acme","admin","PUT /documents/{documentId}","denied"');
    const { status, stdout } = await runVerb(explain, ...flags, "--role", "admin", "PUT /documents/1");
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /- the ceiling of the delegate quill-agent of main does not reach it {2}\(\S*clients\.yaml:20:9\) {2}decides/,
    );
  });

  it("decides in explain by its scopes, and by what the tenant takes from it", async () => {
    const text = `default: { ceiling: [] }
issuers:
  main:
    clients:
      agent: { ceiling: [ANY /**, documents.purge], scopes: [other] }
      app: { ceiling: [ANY /**], tenants: [globex] }
`;
    const acme = "plan: enterprise\nclients:\n  main:\n    clients:\n      agent: { except: [files.read] }\n";
    const folder = sampleWith({ "clients.yaml": text, "tenants/globex.yaml": acme });
    const ask = async (tenant: string, client: string, request: string) =>
      (
        await runVerb(
          explain,
          ...["--policies", folder, "--tenant", tenant, "--role", "admin", "--scope", "docs:write"],
          ...["--issuer", "main", "--client", client, request],
        )
      ).stdout;
    expect(await ask("globex", "agent", "DELETE /documents/1")).toMatch(
      /- the scope docs:write that it needs does not count for the client agent of main .*clients\.yaml:5:\d+\) {2}decides\n[\s\S]* {2}to change: add docs:write to /,
    );
    expect(await ask("globex", "agent", "GET /files/a")).toMatch(
      /- globex takes it from the client agent of main {2}\(\S*globex\.yaml:5:7\) {2}decides/,
    );
    expect(await ask("acme", "app", "GET /files/a")).toMatch(
      /- the client app of main can do nothing in acme {2}\(\S*clients\.yaml:6:\d+\) {2}decides/,
    );
  });
});

const CEILINGS =
  "default: { ceiling: [] }\nissuers: { main: { clients: { web: { ceiling: [documents.read, users.read] } } } }\n";
const itemsOf = (files: FileTexts) => permissionItems(policiesOf({ ...BASE, ...files }));

describe("an edit of clients.yaml", () => {
  const lines = (before: FileTexts, after: FileTexts): string[] =>
    diffAccess(itemsOf(before), itemsOf(after), new Set()).changes.map(printAccessChange);

  it("is shown by diff as what each delegate gains and loses, next to a client of its name", () => {
    const both = (routes: string) =>
      CEILINGS.replace("} } } }", `} }, delegates: { web: { ceiling: [${routes}] } } } }`);
    expect(lines({ "clients.yaml": both("users.read") }, { "clients.yaml": both("files.read") })).toEqual([
      "delegate web of main gains GET /files/{proxy+}",
      "delegate web of main loses GET /users/{userId}",
    ]);
  });

  it("is shown by diff as what each client gains and loses", () => {
    const wider = CEILINGS.replace("users.read", "files.read");
    expect(lines({ "clients.yaml": CEILINGS }, { "clients.yaml": wider })).toEqual([
      "client web of main gains GET /files/{proxy+}",
      "client web of main loses GET /users/{userId}",
    ]);
    expect(lines({}, { "clients.yaml": "default: { ceiling: [] }\n" })).toEqual([
      "any other client of main loses GET /documents",
      "any other client of main loses GET /documents/{documentId}",
    ]);
    expect(lines({ "clients.yaml": "default: { ceiling: [] }\n" }, {})).toContain(
      "any other client of main gains GET /documents",
    );
  });

  it("is shown by diff for the tenant that takes something from a client", () => {
    const acme = "clients: { main: { clients: { web: { except: [users.read] } } } }\n";
    const files = { "clients.yaml": CEILINGS };
    expect(lines(files, { ...files, "tenants/acme.yaml": acme })).toEqual([
      "acme / client web of main loses GET /users/{userId}",
    ]);
  });
});

describe("a publish", () => {
  it("writes what a tenant takes from a client before anything widens, and what it gives back after", () => {
    const tenant = (except: string, others = "") => ({
      "clients.yaml": CEILINGS,
      "tenants/acme.yaml": `${others}clients: { main: { clients: { web: { except: [${except}] } } } }\n`,
    });
    const steps = (before: FileTexts, after: FileTexts) =>
      orderWrites(
        itemsOf({ ...before, "roles/viewer.yaml": "allow: [documents.read]\n" }),
        itemsOf(after),
      ).map(({ name, writes }) => [
        name,
        writes.map((write) => ("put" in write ? [write.put["sk"], write.put["clients"]] : "remove")),
      ]);
    const more = { "roles/viewer.yaml": "allow: [documents.read, users.read]\n" };
    const users = { main: { clients: { web: { except: ["GET /users/{userId}"] } } } };
    expect(steps({ "clients.yaml": CEILINGS }, { ...tenant("users.read"), ...more })).toEqual([
      ["narrow", [["TENANT", users]]],
      ["widen", [["ROLE#viewer", undefined]]],
    ]);
    const [first] = steps(tenant("users.read"), { ...tenant("documents.search"), ...more });
    expect(first).toEqual([
      "narrow",
      [
        [
          "TENANT",
          { main: { clients: { web: { except: ["GET /documents/search", "GET /users/{userId}"] } } } },
        ],
      ],
    ]);
  });
});
