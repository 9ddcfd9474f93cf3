import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isScalar, parseDocument, visit } from "yaml";
import { convertDocument } from "../cli/openapi/convert-document.ts";
import { readDocument } from "../cli/openapi/read-document.ts";
import { readFlags, runCommand } from "../cli/shared/flags.ts";
import { DEFAULT_LAYOUT_OPTIONS } from "../core/policy-files/compile/build-layout.ts";
import { compilePolicies } from "../core/policy-files/compile/compile.ts";
import { startingFolder } from "../core/policy-files/init/init.ts";
import { groupNotes, InitNotes } from "../core/policy-files/init/notes.ts";
import { loadPolicies } from "../core/policy-files/model/policy-set.ts";
import { runPolicyTests } from "../core/policy-files/simulate/run-policy-tests.ts";
import { createSimulator } from "../core/policy-files/simulate/simulator.ts";
import { isError } from "../core/policy-files/source/problem.ts";

/** Packages that ship OpenAPI documents of APIs, or examples. They are data: nothing of them is run. */
const PACKAGES = [
  "@blockfrost/openapi@0.1.93",
  "@digdir/dialogporten-schema@1.118.6",
  "@directus/specs@15.2.0",
  "@octokit/openapi@23.0.2",
  "@readme/oas-examples@8.2.2",
  "rclone-openapi@1.75.0",
  "shipengine-openapi@1.4.0",
  "swagger-zoo@2.20.1",
];

const USAGE = `npx tsx bench/documents.ts [--reasons]

Downloads npm packages that ship OpenAPI documents into a temporary folder, and takes each document through init,
check, a build and its policy tests. Prints a table, which docs/bench.md has.
  --reasons  also prints why documents are rejected, and each failure`;

function print(lines: readonly string[]): number {
  process.stdout.write(`${lines.join("\n")}\n`);
  return 0;
}

/** Installs the packages without running their scripts. @throws Error if npm fails */
function install(folder: string): void {
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  const quiet = ["--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"];
  const args = ["install", "--ignore-scripts", "--omit=optional", "--omit=peer", ...quiet, ...PACKAGES];
  const { status } = spawnSync("npm", args, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) throw new Error("npm install of the documents failed: its output is above");
}

interface Outcome {
  readonly file: string;
  readonly kind: "fine" | "undecided" | "rejected" | "failed";
  readonly routes: number;
  readonly permissions: number;
  readonly notes: number;
  readonly lines: number;
  readonly seconds: number;
  /** Why it is rejected, or failed. */
  readonly reason?: string;
}

async function takeAll(folder: string): Promise<Outcome[]> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(json|ya?ml)$/.test(file) && !file.includes("node_modules"))
    .filter((file) => isDocument(join(folder, file)))
    .sort();
  const outcomes: Outcome[] = [];
  for (const file of files) outcomes.push(await takeOne(join(folder, file), file));
  return outcomes;
}

const isDocument = (path: string): boolean =>
  /^\s*\{?\s*"?(openapi|swagger)"?\s*:\s*["']?[23]/m.test(readFileSync(path, "utf8"));

/** Takes a document through init, check, a build and the policy tests that init writes. */
async function takeOne(path: string, file: string): Promise<Outcome> {
  const before = process.cpuUsage();
  const taken = await take(path).catch((error: unknown) => ({
    kind: "failed" as const,
    reason: String(error instanceof Error ? error.stack : error),
  }));
  const { user, system } = process.cpuUsage(before);
  const nothing = { routes: 0, permissions: 0, notes: 0, lines: 0 };
  return { file, seconds: (user + system) / 1e6, ...nothing, ...taken };
}

async function take(
  path: string,
): Promise<Omit<Outcome, "file" | "seconds"> | Pick<Outcome, "kind" | "reason">> {
  const document = await readDocument(path);
  if ("problems" in document) return { kind: "rejected", reason: document.problems[0]?.message ?? "" };
  const notes = new InitNotes();
  const folder = startingFolder(await convertDocument(document.value, notes), notes);
  if (typeof folder === "string") return { kind: "rejected", reason: folder };
  const { files, operations } = folder;
  const counts = {
    routes: operations.length,
    permissions: new Set(operations.map(({ permission }) => permission)).size,
    notes: folder.notes.length,
    lines: groupNotes(folder.notes).length,
  };
  const decided = decideAll(files.get("api.yaml") ?? "");
  const { policies, problems } = loadPolicies(new Map([...files, ["api.yaml", decided]]), "dev");
  const [error] = problems.filter(isError);
  if (policies === undefined) return { kind: "failed", reason: error?.message ?? "", ...counts };
  const compiled = compilePolicies([policies], "auto", DEFAULT_LAYOUT_OPTIONS);
  const results = runPolicyTests(createSimulator(policies, compiled), policies.policyTests);
  const unmet = results.filter(({ met }) => !met);
  if (unmet.length > 0) return { kind: "failed", reason: `${unmet.length} policy tests fail`, ...counts };
  const isUndecided = loadPolicies(files, "dev").problems.some(({ rule }) => rule === "undecided-route");
  return { kind: isUndecided ? "undecided" : "fine", ...counts };
}

/** Removes each `undecided` from an `api.yaml`, as its team does once it has decided. */
function decideAll(text: string): string {
  const document = parseDocument(text);
  visit(document, {
    Pair: (_, { key }) => (isScalar(key) && key.value === "undecided" ? visit.REMOVE : undefined),
  });
  return String(document);
}

interface Row {
  readonly cells: readonly (number | string)[];
  readonly failed: number;
}

const COLUMNS = [
  "package",
  "documents",
  "folder is fine",
  "undecided routes",
  "rejected",
  "failed",
  "routes",
  "permissions",
  "notes",
  "lines of notes",
  "s of CPU",
];

function summarize(name: string, outcomes: readonly Outcome[]): Row {
  const count = (kind: Outcome["kind"]): number => outcomes.filter((one) => one.kind === kind).length;
  const sum = (key: "routes" | "permissions" | "notes" | "lines" | "seconds"): number =>
    outcomes.reduce((total, one) => total + one[key], 0);
  const kinds = [count("fine"), count("undecided"), count("rejected"), count("failed")];
  const sums = [sum("routes"), sum("permissions"), sum("notes"), sum("lines")];
  return {
    cells: [name, outcomes.length, ...kinds, ...sums, sum("seconds").toFixed(1)],
    failed: count("failed"),
  };
}

const tableLines = (rows: readonly Row[]): string[] =>
  [COLUMNS, COLUMNS.map((_, at) => (at === 0 ? "---" : "---:")), ...rows.map(({ cells }) => cells)].map(
    (cells) => `| ${cells.join(" | ")} |`,
  );

await runCommand(USAGE, async () => {
  const flags = {
    reasons: { type: "boolean", default: false },
    help: { type: "boolean", short: "h" },
  } as const;
  const { values } = readFlags(process.argv.slice(2), flags);
  if (values.help === true) return print([USAGE]);
  const folder = mkdtempSync(join(tmpdir(), "portcullis-documents-"));
  try {
    install(folder);
    const rows: Row[] = [];
    const reasons: string[] = [];
    for (const name of PACKAGES) {
      const outcomes = await takeAll(join(folder, "node_modules", name.replace(/@[^@]*$/, "")));
      rows.push(summarize(name, outcomes));
      reasons.push(
        ...outcomes.flatMap(({ file, reason }) => (reason === undefined ? [] : [`${file}: ${reason}`])),
      );
    }
    print([...tableLines(rows), ...(values.reasons ? ["", ...reasons] : [])]);
    return rows.some(({ failed }) => failed > 0) ? 1 : 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
