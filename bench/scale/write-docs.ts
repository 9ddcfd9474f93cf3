import { readFileSync, writeFileSync } from "node:fs";
import { withTables } from "./docs-tables.ts";
import { scenarios } from "./scenarios.ts";

const DOCUMENT = new URL("../../docs/scale.md", import.meta.url);

/** Renews the tables of docs/scale.md; tests/bench/scale-docs.test.ts holds them. */
writeFileSync(DOCUMENT, withTables(readFileSync(DOCUMENT, "utf8"), scenarios(true)));
