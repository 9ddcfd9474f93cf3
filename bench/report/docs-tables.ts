import { formatGoal, formatNumber } from "./print.ts";
import type { MeasurementResult, ReportResult, Results } from "./results.ts";

const BEGIN = "<!-- Written by npm run bench -- --docs: edit nothing from here -->";
const END = "<!-- to here -->";

/** Replaces the tables of a page by those of a run. @throws Error if the page lacks the two markers */
export function withTables(page: string, results: Results): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin)
    throw new Error(`The page has no place for the tables: add the lines "${BEGIN}" and "${END}"`);
  const tables = [describeMachine(results), ...results.results.flatMap(sectionsFor)];
  return `${page.slice(0, begin + BEGIN.length)}\n\n${tables.join("\n\n")}\n\n${page.slice(end)}`;
}

const describeMachine = ({ at, machine: { node, arch, cpus } }: Results): string =>
  `Measured ${at.slice(0, 10)} on Node ${node.replace(/^v/, "")}, ${arch}, ${cpus.length} × ${cpus[0] ?? "?"}.`;

const sectionsFor = (result: MeasurementResult | ReportResult): string[] =>
  "summaries" in result
    ? [measurementSection(result)]
    : result.inDocs === true
      ? [reportSection(result)]
      : [];

function reportSection({ name, about, rows }: ReportResult): string {
  const columns = Object.keys(rows[0] ?? {});
  const cells = rows.map((row) => columns.map((column) => formatCell(row[column])));
  return section(name, about, [columns, columns.map(() => "---:"), ...cells]);
}

const formatCell = (value: number | string | undefined): string =>
  typeof value === "number" ? formatNumber(value) : (value ?? "");

function measurementSection({ name, about, unit, summaries, goals }: MeasurementResult): string {
  const facts = [...new Set(summaries.flatMap((summary) => Object.keys(summary.facts)))];
  const rows = summaries.map((each) => [
    each.group === "" ? each.name : `${each.group}: ${each.name}`,
    formatNumber(each.median),
    `${formatNumber(each.min)} – ${formatNumber(each.max)}`,
    formatNumber(each.ratio),
    ...facts.map((fact) => formatNumber(each.facts[fact])),
  ]);
  const head = [`in ${unit}`, "median", "min – max", "×", ...facts];
  const goalLines = goals.map((goal) => `- ${formatGoal(goal)}`);
  return section(
    name,
    about,
    [head, head.map((_, column) => (column === 0 ? "---" : "---:")), ...rows],
    goalLines.length === 0 ? [] : ["", ...goalLines],
  );
}

const section = (
  name: string,
  about: string,
  table: readonly (readonly string[])[],
  rest: readonly string[] = [],
): string => [`### ${name}`, "", toSentence(about), "", ...table.map(tableRow), ...rest].join("\n");

const tableRow = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;

const toSentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
