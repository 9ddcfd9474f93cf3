import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const LAYER = "lint/style/noRestrictedImports";
const CYCLE = "lint/suspicious/noImportCycles";
const PLUGIN = "plugin";
const OUTSIDE_PRODUCT = ["scripts", "tests", "bench"];
const ABOVE_RUNTIME = ["lambdas", "packages", "packaging", "local", "cli", "console"];

/** For each folder, what its files must not import: a folder of this repository, or a package. */
const FORBIDDEN: Readonly<Record<string, readonly string[]>> = {
  "core/model": ["zod", "node:fs", "core/policy-files", "runtime", ...ABOVE_RUNTIME, ...OUTSIDE_PRODUCT],
  "core/decision": ["jose", "core/policy-files", "runtime", ...ABOVE_RUNTIME, ...OUTSIDE_PRODUCT],
  "core/policy": ["zod", "core/policy-files", "runtime", ...ABOVE_RUNTIME, ...OUTSIDE_PRODUCT],
  "core/exact": ["yaml", "core/policy-files", "runtime", ...ABOVE_RUNTIME, ...OUTSIDE_PRODUCT],
  "core/policy-files/source": [
    "node:fs",
    "@aws-sdk/client-dynamodb",
    "runtime",
    ...ABOVE_RUNTIME,
    ...OUTSIDE_PRODUCT,
  ],
  "console/why": ["runtime", "lambdas", "packages", "packaging", "local", "cli", ...OUTSIDE_PRODUCT],
  "runtime/jwt": [...ABOVE_RUNTIME, ...OUTSIDE_PRODUCT],
  "lambdas/authorizer": ["packaging", "local", "cli", "console", ...OUTSIDE_PRODUCT],
  "packages/caller": [
    "core",
    "runtime",
    "lambdas",
    "packaging",
    "local",
    "cli",
    "console",
    ...OUTSIDE_PRODUCT,
  ],
  packaging: ["local", "cli", ...OUTSIDE_PRODUCT],
  "local/apigateway/rest": ["cli", ...OUTSIDE_PRODUCT],
  "cli/commands/deploy": OUTSIDE_PRODUCT,
};

/** For each folder, an import that the layer rules allow. */
const ALLOWED: Readonly<Record<string, string>> = {
  "core/model": "core/exact",
  "core/decision": "core/policy",
  "core/policy": "core/decision",
  "core/exact": "core/model",
  "core/policy-files/source": "yaml",
  "console/why": "core/decision",
  "runtime/jwt": "jose",
  "lambdas/authorizer": "runtime/table",
  "packages/caller": "./headers.ts",
  packaging: "lambdas/authorizer",
  "local/apigateway/rest": "packaging",
  "cli/commands/deploy": "local/console",
};

const FORMS: Readonly<Record<string, (specifier: string) => string>> = {
  import: (specifier) => `import { a } from "${specifier}";\nexport const b = a;\n`,
  "import for its effects": (specifier) => `import "${specifier}";\n`,
  "import of types": (specifier) => `import type { A } from "${specifier}";\nexport type B = A;\n`,
  export: (specifier) => `export { a } from "${specifier}";\n`,
  "export of everything": (specifier) => `export * from "${specifier}";\n`,
  "export of types": (specifier) => `export type { A } from "${specifier}";\n`,
  "import()": (specifier) => `export const a = await import("${specifier}");\n`,
};

/** Forms that the layer rules do not see, whatever they import. */
const HIDDEN: Readonly<Record<string, string>> = {
  "type of an import()": 'export type A = import("./a.ts").A;\n',
  "type of an imported module": 'export type A = typeof import("./a.ts");\n',
  "import() of a computed path": "export const load = (path: string) => import(path);\n",
  "import() of a template": "export const a = await import(`./a.ts`);\n",
  "require()": 'export const a = require("./a.ts");\n',
  "import = require()": 'import a = require("./a.ts");\nexport const b = a;\n',
};

const PATCHES: readonly string[] = [
  "process.stdout.write = () => true;",
  "process.stderr.write = () => true;",
  "(process.stdout as Patched).write = () => true;",
  "process.exit = (() => {}) as never;",
  "crypto.subtle.verify = verify;",
  "crypto.randomUUID = () => id;",
  'import { webcrypto } from "node:crypto";\nwebcrypto.subtle.verify = verify;',
  'import { webcrypto } from "node:crypto";\nconst { subtle } = webcrypto;\nsubtle.verify = verify;',
  "globalThis.fetch = fetch;",
  'globalThis["fetch"] = fetch;',
  "(globalThis as Patched).fetch = fetch;",
  "globalThis.crypto.subtle.verify = verify;",
  "delete globalThis.fetch;",
  "console.log = print;",
  "Math.random = () => 0;",
  "Date.now = () => 0;",
  "JSON.parse = parse;",
  "Object.keys = keys;",
  "Object.prototype.toString = print;",
  "Array.prototype.at ??= at;",
  "[console.log, console.error] = [print, print];",
  "Object.assign(console, { log: print });",
  'Object.defineProperty(crypto.subtle, "verify", { value: verify });',
  "Object.defineProperties(Date.prototype, descriptors);",
  'Reflect.set(process.stdout, "write", print);',
];

const NO_PATCHES: readonly string[] = [
  "process.exitCode = 1;",
  'process.env["A"] = "b";',
  "delete process.env.A;",
  "export const a = Object.assign({}, b);",
  "this.crypto = crypto;",
  "headers[crypto.randomUUID()] = a;",
  "process.stdout.write(a);",
];

const relativePath = (folder: string, target: string): string =>
  /^[./]|^(?:zod|jose|yaml|node:.*|@.*)$/.test(target)
    ? target
    : `${folder.replaceAll(/[^/]+/g, "..")}/${target}/a.ts`;

/** The text of each file of the scratch repository. */
const files = new Map<string, string>();
const add = (file: string, text: string): string => {
  files.set(file, text);
  return file;
};
const slug = (text: string): string => text.replaceAll(/\W+/g, "-").toLowerCase();

const layerCases = Object.entries(FORBIDDEN).flatMap(([folder, targets]) =>
  targets.map((target) => {
    const file = `${folder}/forbidden-${slug(target)}.ts`;
    return [folder, target, add(file, FORMS["import"]?.(relativePath(folder, target)) ?? "")] as const;
  }),
);
const formCases = Object.entries(FORMS).map(
  ([form, write]) => [form, add(`cli/forms/${slug(form)}.ts`, write("../../tests/support/a.ts"))] as const,
);
const hiddenCases = Object.entries(HIDDEN).map(
  ([form, text]) => [form, add(`runtime/hidden/${slug(form)}.ts`, text)] as const,
);
const patchCases = PATCHES.map(
  (text, index) => [text, add(`runtime/patches/patch-${index}.ts`, `${text}\n`)] as const,
);
const allowedCases = Object.entries(ALLOWED).map(([folder, target]) => {
  const text = FORMS["import"]?.(relativePath(folder, target)) ?? "";
  return [folder, target, add(`${folder}/allowed.ts`, text)] as const;
});
const noPatchCases = NO_PATCHES.map(
  (text, index) => [text, add(`runtime/patches/fine-${index}.ts`, `${text}\n`)] as const,
);
add("core/cycle/a.ts", 'import type { B } from "./b.ts";\nexport type A = B;\n');
add("core/cycle/b.ts", 'import type { A } from "./a.ts";\nexport type B = A;\n');
add("core/cycle/c.ts", 'import { d } from "./d.ts";\nexport const c = () => d;\n');
add("core/cycle/d.ts", 'import { c } from "./c.ts";\nexport const d = () => c;\n');
add("tests/a.ts", "Date.now = () => 0;\n");

describe("biome.json", () => {
  let folder: string;
  /** "rule file" of each finding of the three rules. */
  let found: Set<string>;
  const rulesOf = (file: string): string[] =>
    [LAYER, CYCLE, PLUGIN].filter((rule) => found.has(`${rule} ${file}`));

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "layers-"));
    for (const shared of ["biome.json", ".gitignore", "scripts/lint"])
      cpSync(join(ROOT, shared), join(folder, shared), { recursive: true });
    for (const [file, text] of files) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
    found = lint(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(layerCases)("rejects, in %s, an import of %s", (_, __, file) => {
    expect(rulesOf(file)).toEqual([LAYER]);
  });

  it.each(allowedCases)("accepts, in %s, an import of %s", (_, __, file) => {
    expect(rulesOf(file)).toEqual([]);
  });

  it.each(formCases)("rejects the form: %s", (_, file) => {
    expect(rulesOf(file)).toEqual([LAYER]);
  });

  it.each(hiddenCases)("rejects a form that hides what is imported: %s", (_, file) => {
    expect(rulesOf(file)).toContain(PLUGIN);
  });

  it.each(["a", "b", "c", "d"])("rejects a cycle, of types and of values: %s.ts", (name) => {
    expect(rulesOf(`core/cycle/${name}.ts`)).toEqual([CYCLE]);
  });

  it.each(patchCases)("rejects a patch of a global: %s", (_, file) => {
    expect(rulesOf(file)).toEqual([PLUGIN]);
  });

  it.each(noPatchCases)("accepts what patches nothing: %s", (_, file) => {
    expect(rulesOf(file)).toEqual([]);
  });

  it("lets tests patch globals", () => {
    expect(rulesOf("tests/a.ts")).toEqual([]);
  });
});

/** Runs biome once over a folder. Returns "rule file" for each finding. */
function lint(folder: string): Set<string> {
  const only = [LAYER, CYCLE].map((rule) => `--only=${rule.replace("lint/", "")}`);
  const { stdout } = spawnSync(
    process.execPath,
    [
      join(ROOT, "node_modules/.bin/biome"),
      "lint",
      "--reporter=github",
      "--colors=off",
      "--max-diagnostics=none",
      ...only,
      "--only=plugin",
      ".",
    ],
    { cwd: folder, encoding: "utf8" },
  );
  const findings = stdout.matchAll(/^::error title=([^,]+),file=([^,]+),/gm);
  return new Set(
    Array.from(
      findings,
      ([, rule, file = ""]) => `${rule} ${file.slice(file.indexOf(folder) + folder.length + 1)}`,
    ),
  );
}
