#!/usr/bin/env node
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

// Without syntax that an old Node lacks, so that it prints this message and no syntax error.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `Portcullis needs Node 20.19 or later, but this is Node ${process.versions.node}: install a later one from https://nodejs.org, or choose it with your version manager\n`,
  );
  process.exitCode = 2;
} else if (existsSync(fileURLToPath(new URL("../cli/portcullis.ts", import.meta.url)))) {
  // A checkout runs its sources. The caller's folder may have a tsconfig of its own.
  void import("tsx/esm/api").then(({ register }) => {
    register({ tsconfig: false });
    return import("../cli/portcullis.ts");
  });
} else void import("../dist/portcullis.js");
