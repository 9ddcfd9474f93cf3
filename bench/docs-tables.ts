import { number, printReached } from "./print.ts";
import type { Measured, ReportedResult, Results } from "./results.ts";

const BEGIN = "<!-- Written by npm run bench -- --docs: edit nothing from here -->";
const END = "<!-- to here -->";

/** A page with a run's tables in the place of those that it had. @throws where it has no such place */
export function withTables(page: string, results: Results): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`There is no place for the tables: "${BEGIN}" … "${END}"`);
  const tables = [machineOf(results), ...results.results.flatMap(tablesOf)];
  return `${page.slice(0, begin + BEGIN.length)}\n\n${tables.join("\n\n")}\n\n${page.slice(end)}`;
}

const machineOf = ({ at, machine: { node, arch, cpus } }: Results): string =>
  `Measured ${at.slice(0, 10)} on Node ${node.replace(/^v/, "")}, ${arch}, ${cpus.length} × ${cpus[0] ?? "?"}.`;

const tablesOf = (result: Measured | ReportedResult): string[] =>
  "summaries" in result ? [tableOf(result)] : result.inDocs === true ? [reportOf(result)] : [];

function reportOf({ name, about, rows }: ReportedResult): string {
  const columns = Object.keys(rows[0] ?? {});
  const cells = rows.map((row) => columns.map((column) => cellOf(row[column])));
  return section(name, about, [columns, columns.map(() => "---:"), ...cells]);
}

const cellOf = (value: number | string | undefined): string =>
  typeof value === "number" ? number(value) : (value ?? "");

function tableOf({ name, about, unit, summaries, goals }: Measured): string {
  const facts = [...new Set(summaries.flatMap((summary) => Object.keys(summary.facts)))];
  const rows = summaries.map((each) => [
    each.group === "" ? each.name : `${each.group}: ${each.name}`,
    number(each.median),
    `${number(each.min)} – ${number(each.max)}`,
    number(each.ratio),
    ...facts.map((fact) => number(each.facts[fact])),
  ]);
  const head = [`in ${unit}`, "median", "least – most", "×", ...facts];
  const told = goals.map((goal) => `- ${printReached(goal)}`);
  return section(
    name,
    about,
    [head, head.map((_, column) => (column === 0 ? "---" : "---:")), ...rows],
    told.length === 0 ? [] : ["", ...told],
  );
}

const section = (
  name: string,
  about: string,
  table: readonly (readonly string[])[],
  rest: readonly string[] = [],
): string => [`### ${name}`, "", sentence(about), "", ...table.map(lineOf), ...rest].join("\n");

const lineOf = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
