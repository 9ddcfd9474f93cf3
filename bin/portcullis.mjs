#!/usr/bin/env node
// Node does not run TypeScript files in node_modules, but tsx does. The caller's folder may have a tsconfig of its own.
import { register } from "tsx/esm/api";

register({ tsconfig: false });
await import("../cli/portcullis.ts");
