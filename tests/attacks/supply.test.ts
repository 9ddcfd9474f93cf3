import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { homedir, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { build } from "esbuild";
import { unzipSync } from "fflate";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import {
  authorizerZip,
  historyExportZip,
  resourceMetadataZip,
  sampleBackendZip,
  tokenClaimsZip,
} from "../../packaging/bundle.ts";
import { bundledPackages } from "../../packaging/bundled-packages.ts";
import { LAYOUT_DATA } from "../support/fixtures.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const LAYOUTS = { token: LAYOUT_DATA };
/** Secrets that the environment of a build machine may contain. */
const SECRETS = {
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7PLANTED",
  AWS_SECRET_ACCESS_KEY: "planted-secret-access-key",
  AWS_SESSION_TOKEN: "planted-session-token",
  NPM_TOKEN: "planted-npm-token",
  NODE_ENV: "planted-node-env",
  npm_config_registry: "https://user:planted@registry.example.com",
  ISSUERS: '{"planted-issuer":{}}',
  TABLE_NAME: "planted-table",
};

/** Content that an uploaded zip must not contain, and its pattern. */
const FORBIDDEN: readonly (readonly [title: string, pattern: RegExp | string])[] = [
  ["the repository's folder", ROOT.replace(/\/$/, "")],
  ["a home folder", homedir() === "/" ? /\/home\/[a-z]/ : `${homedir()}/`],
  ["the builder's name in a path", `/${userInfo().username}/`],
  ["a folder of packages", /node_modules[\\/]/],
  [
    "an absolute path of a common folder",
    /(?:["'`]|file:\/\/)\/(?:home|Users|root|work|tmp|build|mnt|private)\//,
  ],
  ["a path of Windows", /[A-Z]:\\\\Users/],
  ["a source map", /sourceMappingURL|"mappings"\s*:/],
  ["the path of a source file of this repository", /(?:core|lambdas|scripts|local)\/[a-z/-]+\.ts\b/],
  ["an AWS access key", /\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}\b/],
  ["a private key", /-----BEGIN[A-Z ]*PRIVATE KEY-----\s*[A-Za-z0-9+/]{16}/],
  ["a private JWK", /"d"\s*:\s*"[A-Za-z0-9_-]{20,}"/],
  ["a token", /\beyJ[A-Za-z0-9_-]{10,}\.eyJ/],
  ["a token of npm or GitHub", /\b(?:npm_|gh[pousr]_)[A-Za-z0-9]{30,}/],
  ["a value of the environment", /planted/i],
];

const utf8 = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

afterEach(() => vi.unstubAllEnvs());

describe.each([
  [
    "the authorizer's zip",
    () => authorizerZip(LAYOUTS),
    ["index.js", "layout.json", "licences.txt", "sbom.cdx.json"],
  ],
  ["the metadata document's zip", () => resourceMetadataZip(), ["index.js", "licences.txt", "sbom.cdx.json"]],
  ["the sample backend's zip", () => sampleBackendZip(), ["index.js", "licences.txt", "sbom.cdx.json"]],
  ["the history export's zip", () => historyExportZip(), ["index.js", "licences.txt", "sbom.cdx.json"]],
  ["the token trigger's zip", () => tokenClaimsZip(), ["index.js", "licences.txt", "sbom.cdx.json"]],
] as const)("%s", (_, zip, names) => {
  let bytes: Uint8Array;
  let files: Record<string, Uint8Array>;
  beforeAll(async () => {
    for (const [name, value] of Object.entries(SECRETS)) vi.stubEnv(name, value);
    bytes = await zip();
    files = unzipSync(bytes);
  });

  it("contains exactly the expected files", () => {
    expect(Object.keys(files).sort()).toEqual(names);
  });

  it.each(FORBIDDEN)("contains nothing that looks like %s", (_title, pattern) => {
    for (const [name, content] of Object.entries(files)) {
      const found =
        typeof pattern === "string" ? utf8(content).includes(pattern) : utf8(content).match(pattern)?.[0];
      expect({ name, found: found ?? false }).toEqual({ name, found: false });
    }
  });

  it("contains the licence of every package in it", () => {
    const notices = utf8(files["licences.txt"]);
    expect(notices).toMatch(/^portcullis \d+\.\d+\.\d+, Apache-2\.0$/m);
    expect(notices).toContain("TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION");
    if (utf8(files["index.js"]).length < 50_000) return expect(notices).not.toContain("jose");
    expect(notices).toMatch(/^@smithy\/signature-v4 \d+\.\d+\.\d+, Apache-2\.0$/m);
    if (!names.includes("layout.json" as never)) return;
    expect(notices).toMatch(/^jose \d+\.\d+\.\d+, MIT\n {4}Copyright \(c\) 2018 Filip Skokan$/m);
    expect(notices).toContain("Permission is hereby granted, free of charge");
  });

  it("contains a CycloneDX document of the same packages", async () => {
    const sbom = utf8(files["sbom.cdx.json"]);
    expect(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(sbom)).toBeNull();
    const { components = [] } = JSON.parse(sbom) as { components?: { name: string; version: string }[] };
    const named = [...utf8(files["licences.txt"]).matchAll(/^(\S+ \d+\.\d+\.\d+), \S+$/gm)].map(
      ([, one]) => one,
    );
    expect([named[0], ...components.map(({ name, version }) => `${name} ${version}`).sort()]).toEqual([
      named[0],
      ...named.slice(1).sort(),
    ]);
  });

  it("has the same bytes in every build, in any folder and time zone", async () => {
    vi.stubEnv("TZ", "Pacific/Auckland");
    vi.stubEnv("HOME", "/somewhere/else");
    const folder = process.cwd();
    process.chdir(tmpdir());
    try {
      expect(Buffer.compare(await zip(), bytes)).toBe(0);
    } finally {
      process.chdir(folder);
    }
  });
});

describe("the packages in a bundle", () => {
  const makePackage = (packageJson: object, licence: string | undefined): string => {
    const root = mkdtempSync(join(tmpdir(), "supply-"));
    const folder = join(root, "node_modules", "@stray", "thing");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), JSON.stringify(packageJson));
    writeFileSync(join(folder, "index.js"), "export const used = () => 7; export const unused = () => 8;");
    if (licence !== undefined) writeFileSync(join(folder, "LICENSE"), licence);
    writeFileSync(join(root, "index.ts"), `import { used } from "@stray/thing"; console.log(used());`);
    return root;
  };
  const readPackages = async (root: string) => {
    const { metafile } = await build({
      entryPoints: [join(root, "index.ts")],
      absWorkingDir: root,
      bundle: true,
      write: false,
      metafile: true,
    });
    return bundledPackages(metafile, root);
  };
  const NAMED = { name: "@stray/thing", version: "1.2.3", main: "index.js" };

  it("are read from esbuild's output", async () => {
    const root = makePackage({ ...NAMED, license: "MIT" }, "MIT\r\n\r\nCopyright (c) 2020 Somebody\r\n");
    expect(await readPackages(root)).toEqual([
      {
        name: "@stray/thing",
        version: "1.2.3",
        licence: "MIT",
        copyright: "Copyright (c) 2020 Somebody",
        text: "MIT\n\nCopyright (c) 2020 Somebody",
      },
    ]);
  });

  it.each([
    ["names no licence", makePackage(NAMED, "Copyright 2020 Somebody")],
    ["has no text of its licence", makePackage({ ...NAMED, license: "MIT" }, undefined)],
  ])("stop the build if one %s", async (_, root) => {
    await expect(readPackages(root)).rejects.toThrow(
      "@stray/thing 1.2.3 has no licence in its package: it may not be bundled and passed on",
    );
  });

  it("are exactly those of docs/licences.md", () => {
    const tsx = join(ROOT, "node_modules/.bin/tsx");
    const { status, stdout } = spawnSync(tsx, [join(ROOT, "scripts/check-licences.ts")], {
      encoding: "utf8",
    });
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: "docs/licences.md lists the packages in the bundles\n",
    });
  });
});
