import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { unzipSync } from "fflate";
import { readFlags, runCommand, UsageError } from "../cli/shared/flags.ts";
import { print, printError } from "../cli/shared/output.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const USAGE = `npx tsx scripts/verify-release.ts FILE [--tag TAG] [--from REPOSITORY]

Rebuilds a released file from its tag and compares it with FILE, byte by byte. FILE is the npm package
(portcullis-VERSION.tgz), or a zip of build/: authorizer.zip, history-export.zip, resource-metadata.zip, sample-backend.zip or token-claims.zip.
  --tag   the tag, by default v and the version in FILE
  --from  the repository to clone, by default this one
Exit status 0: the same, 1: different, 2: wrong use.`;

/** The zips of `build/`, with the folder of the package that has their code. */
const LAMBDAS: Readonly<Record<string, string>> = {
  "authorizer.zip": "authorizer",
  "resource-metadata.zip": "resource-metadata",
  "sample-backend.zip": "sample-backend",
  "token-claims.zip": "token-trigger",
  "history-export.zip": "history-export",
};

/** The layout is made from the user's policy files. */
const OF_THE_USER = "layout.json";

type Files = ReadonlyMap<string, Uint8Array>;

/** Returns the files of an npm package by path. */
function readTarball(file: string): Files {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-tarball-"));
  try {
    run("tar", ["-xzf", file, "--strip-components=1", "-C", folder], folder);
    return readFolder(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readFolder(folder: string): Files {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  return new Map(paths.sort().map((path) => [path, readFileSync(join(folder, path))]));
}

function readZip(file: string): Files {
  const files = Object.entries(unzipSync(readFileSync(file)));
  return new Map(files.filter(([name]) => name !== OF_THE_USER).sort());
}

function versionOf(files: Files): string | undefined {
  const text = (name: string): string => new TextDecoder().decode(files.get(name));
  if (files.has("package.json")) return (JSON.parse(text("package.json")) as { version: string }).version;
  if (!files.has("sbom.cdx.json")) return undefined;
  return (JSON.parse(text("sbom.cdx.json")) as { metadata: { component: { version: string } } }).metadata
    .component.version;
}

/** Clones the tag, installs what its lock file names, and packs. Returns the tarball's path. */
function rebuild(repository: string, tag: string, folder: string): string {
  const clone = join(folder, "clone");
  run("git", ["clone", "--quiet", "--no-hardlinks", "--branch", tag, repository, clone], folder);
  run("npm", ["ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"], clone);
  const out = join(folder, "packed");
  mkdirSync(out);
  run("npm", ["pack", "--silent", "--pack-destination", out], clone);
  return join(out, readdirSync(out)[0] ?? "");
}

const run = (program: string, args: readonly string[], cwd: string): void =>
  void execFileSync(program, args, { cwd, stdio: ["ignore", "ignore", "inherit"] });

const sha256 = (content: Uint8Array): string => createHash("sha256").update(content).digest("hex");

/** Returns a line for each file that is not the same in both. */
function differences(released: Files, rebuilt: Files): string[] {
  const names = [...new Set([...released.keys(), ...rebuilt.keys()])].sort();
  return names.flatMap((name) => {
    const [one, other] = [released.get(name), rebuilt.get(name)];
    if (one === undefined) return [`${name}: only in the rebuilt file`];
    if (other === undefined) return [`${name}: only in the released file`];
    return sha256(one) === sha256(other)
      ? []
      : [`${name}: sha256 ${sha256(one)} released, ${sha256(other)} rebuilt`];
  });
}

await runCommand(USAGE, () => {
  const { values, positionals } = readFlags(
    process.argv.slice(2),
    {
      tag: { type: "string" },
      from: { type: "string", default: ROOT },
      help: { type: "boolean", short: "h", default: false },
    },
    true,
  );
  if (values.help) return print(USAGE);
  const [file = "", ...more] = positionals;
  if (file === "" || more.length > 0) throw new UsageError("name one FILE");
  if (!existsSync(file)) throw new UsageError(`there is no file ${file}`);
  const lambda = LAMBDAS[basename(file)];
  if (lambda === undefined && !file.endsWith(".tgz"))
    throw new UsageError(
      `${file}: expected a package such as portcullis-0.2.0.tgz, or ${Object.keys(LAMBDAS).join(", ")}`,
    );
  const released = lambda === undefined ? readTarball(resolve(file)) : readZip(file);
  const version = versionOf(released);
  const tag = values.tag ?? `v${version}`;
  const folder = mkdtempSync(join(tmpdir(), "portcullis-release-"));
  try {
    const packed = readTarball(rebuild(resolve(values.from), tag, folder));
    const found = differences(released, lambda === undefined ? packed : partOf(packed, lambda));
    return found.length === 0
      ? print(`${file} has the bytes that ${tag} gives: ${released.size} files are the same`)
      : printError([`${file} is not what ${tag} gives:`, ...found].join("\n"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Returns the files of a Lambda's zip, from the package. */
function partOf(packed: Files, lambda: string): Files {
  const prefix = `dist/lambdas/${lambda}/`;
  return new Map(
    [...packed].flatMap(([path, content]) =>
      path.startsWith(prefix) ? [[path.slice(prefix.length), content]] : [],
    ),
  );
}
