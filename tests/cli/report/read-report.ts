import { readFileSync } from "node:fs";
import { default as Ajv } from "ajv-draft-04";
import { default as formats } from "ajv-formats";

const SCHEMA = new URL(
  "../../../node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json",
  import.meta.url,
);
const ajv = new Ajv.default({ allErrors: true, strict: false, unicodeRegExp: false });
formats.default(ajv);
const isSarif = ajv.compile(JSON.parse(readFileSync(SCHEMA, "utf8")));

/** A problem as a format shows it. */
export interface Shown {
  readonly file: string | undefined;
  readonly line: number;
  readonly column: number;
  readonly level: string;
  readonly rule: string;
  readonly message: string;
}

interface SarifResult {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: string;
  readonly message: { readonly text: string };
  readonly locations: readonly [
    {
      readonly physicalLocation: {
        readonly artifactLocation: { readonly uri: string; readonly uriBaseId?: string };
        readonly region: { readonly startLine: number; readonly startColumn: number };
      };
      readonly logicalLocations?: readonly { readonly fullyQualifiedName: string }[];
    },
  ];
}

interface SarifRun {
  readonly automationDetails: { readonly id: string };
  readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
  readonly results: readonly SarifResult[];
}

/** Reads a SARIF log. @throws if the standard's schema rejects it, or a result's rule is not listed */
export function readSarif(text: string): SarifRun {
  const log = JSON.parse(text) as { readonly runs: readonly [SarifRun] };
  if (!isSarif(log)) throw new Error(ajv.errorsText(isSarif.errors));
  const [run] = log.runs;
  for (const { ruleId, ruleIndex, message } of run.results) {
    if (run.tool.driver.rules[ruleIndex]?.id !== ruleId) throw new Error(`${ruleId} is not at ${ruleIndex}`);
    if (linksIn(message.text).length > 0) throw new Error(`The message has a link: ${message.text}`);
  }
  return run;
}

/** Returns the embedded links of a plain-text message (SARIF 2.1.0, 3.11.6): a backslash escapes the next character. */
const linksIn = (text: string): readonly string[] =>
  text.replace(/\\[\s\S]/g, "").match(/\[[^\]]*\]\([^)]*\)/g) ?? [];

export const shownInSarif = ({ results }: SarifRun): Shown[] =>
  results.map(({ ruleId, level, message, locations: [{ physicalLocation }] }) => ({
    file: decodeURIComponent(physicalLocation.artifactLocation.uri),
    line: physicalLocation.region.startLine,
    column: physicalLocation.region.startColumn,
    level,
    rule: ruleId,
    message: message.text.replace(/\\([\\[\]])/g, "$1"),
  }));

/** What the runner of GitHub Actions does with one line of output. */
type RunnerLine =
  | { readonly command: string; readonly properties: Readonly<Record<string, string>>; readonly data: string }
  | { readonly text: string };

/** Reads output as the runner of GitHub Actions does: `::command name=value,…::data`, also after spaces. */
export const runnerLines = (output: string): RunnerLine[] =>
  output.split(/\r\n|\r|\n/).flatMap((line): RunnerLine[] => {
    if (line === "") return [];
    const trimmed = line.trimStart();
    const end = trimmed.indexOf("::", 2);
    if (!trimmed.startsWith("::") || end < 0) {
      const legacy = /##\[([\w-]+)/.exec(line);
      return [legacy === null ? { text: line } : { command: legacy[1] ?? "", properties: {}, data: line }];
    }
    const [, command = "", written = ""] = /^(\S+)\s*(.*)$/.exec(trimmed.slice(2, end)) ?? [];
    const pairs = written.split(",").flatMap((pair): [string, string][] => {
      const at = pair.indexOf("=");
      return at < 1 ? [] : [[pair.slice(0, at).trim(), unescapeProperty(pair.slice(at + 1))]];
    });
    return [{ command, properties: Object.fromEntries(pairs), data: unescapeData(trimmed.slice(end + 2)) }];
  });

const unescapeData = (text: string): string =>
  text.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%25", "%");

const unescapeProperty = (text: string): string =>
  unescapeData(text.replaceAll("%3A", ":").replaceAll("%2C", ","));

export const shownInAnnotations = (output: string): Shown[] =>
  runnerLines(output).flatMap((line) =>
    "text" in line
      ? []
      : [
          {
            file: line.properties["file"],
            line: Number(line.properties["line"]),
            column: Number(line.properties["col"]),
            level: line.command,
            rule: line.properties["title"] ?? "",
            message: line.data,
          },
        ],
  );

/** Reads the problems of text output, of which each is one line. */
export const shownInText = (output: string): Shown[] =>
  output.split("\n").flatMap((line): Shown[] => {
    const match = /^(.*?):(\d+):(\d+): (error|warning): (.*) \[([a-z0-9-]+)\](?: \(and \d+ more\))?$/.exec(
      line,
    );
    if (match === null) return [];
    const [, file = "", at = "", column = "", level = "", message = "", rule = ""] = match;
    return [{ file, line: Number(at), column: Number(column), level, rule, message }];
  });
