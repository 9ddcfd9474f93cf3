import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Position } from "../../core/policy-files/source/problem.ts";
import { oneLine } from "../shared/output.ts";
import { version } from "../version.ts";
import type { Report, ReportedResult } from "./report.ts";
import { repositoryPath, repositoryRoot } from "./repository-path.ts";

/** Returns a report as a SARIF 2.1.0 log. Paths are relative to the repository's root. */
export function sarifLog({ category, rules, results, otherwise }: Report): object {
  const found = [...new Set(results.map(({ rule }) => rule))].sort();
  const root = repositoryRoot(process.cwd());
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "Portcullis",
            semanticVersion: version(),
            rules: found.map((id) => {
              const { about, fix } = rules[id] ?? { about: id, fix: "" };
              return { id, shortDescription: { text: about }, ...(fix !== "" && { help: { text: fix } }) };
            }),
          },
        },
        automationDetails: { id: `${category}/` },
        columnKind: "utf16CodeUnits",
        originalUriBaseIds: { [BASE]: { description: { text: "The root of the repository" } } },
        results: results.map((result) => ({
          ruleId: result.rule,
          ruleIndex: found.indexOf(result.rule),
          level: result.level,
          message: { text: plainText(messageOf(result)) },
          locations: [location(result, otherwise, root)],
        })),
      },
    ],
  };
}

const BASE = "%SRCROOT%";

const messageOf = ({ subject, message }: ReportedResult): string =>
  subject === undefined ? message : `${subject}: ${message}`;

/** Code scanning requires a file for each result, so a result in no file gets the first line of `otherwise`. */
function location({ at, subject }: ReportedResult, otherwise: string, root: string): object {
  const { file, line, column }: Position = at ?? { file: otherwise, line: 1, column: 1 };
  const path = repositoryPath(file, root);
  return {
    physicalLocation: {
      artifactLocation:
        path === undefined
          ? { uri: pathToFileURL(resolve(file)).href }
          : { uri: path.split("/").map(encodeURIComponent).join("/"), uriBaseId: BASE },
      region: { startLine: line, startColumn: column },
    },
    ...(subject !== undefined && { logicalLocations: [{ fullyQualifiedName: oneLine(subject) }] }),
  };
}

/** Escapes what a plain-text message of SARIF reads as a link, such as `[text](address)`, and control characters. */
const plainText = (text: string): string => oneLine(text).replace(/[\\[\]]/g, "\\$&");
