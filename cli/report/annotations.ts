import { resolve } from "node:path";
import { plural } from "../../core/model/plural.ts";
import { oneLine } from "../shared/output.ts";
import type { Report, ReportedResult } from "./report.ts";
import { repositoryPath } from "./repository-path.ts";

const COMMANDS = { error: "error", warning: "warning", note: "notice" } as const;

/**
 * Returns a report as workflow commands of GitHub Actions, one a line, and a last line that counts them. Nothing of a
 * file stands at the start of a line, and no value can end its command or its property.
 */
export function annotations({ results }: Report): string[] {
  const count = (level: ReportedResult["level"]): number =>
    results.filter((result) => result.level === level).length;
  const notes = count("note");
  return [
    ...results.map(annotation),
    `${plural(count("error"), "error")}, ${plural(count("warning"), "warning")}${notes === 0 ? "" : `, ${plural(notes, "notice")}`}`,
  ];
}

function annotation({ rule, level, message, at, subject }: ReportedResult): string {
  const place = at && {
    file: repositoryPath(at.file) ?? resolve(at.file),
    line: String(at.line),
    col: String(at.column),
  };
  const properties = Object.entries({ ...place, title: rule });
  const written = properties.map(([name, value]) => `${name}=${escapeProperty(oneLine(value))}`).join(",");
  return `::${COMMANDS[level]} ${written}::${escapeData(oneLine(subject === undefined ? message : `${subject}: ${message}`))}`;
}

const escapeData = (text: string): string => text.replaceAll("%", "%25");

const escapeProperty = (text: string): string =>
  escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
