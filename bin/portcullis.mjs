#!/usr/bin/env node
// Node does not run TypeScript in node_modules; tsx does, and needs no tsconfig of the folder it is called in.
import { register } from "tsx/esm/api";

register({ tsconfig: false });
await import("../cli/portcullis.ts");
