import type { Hcl, Variable } from "./hcl.ts";

const BEGIN = "<!-- generated from the HCL: npx tsx scripts/check-terraform-docs.ts --write -->";
const END = "<!-- end of what is generated -->";

/** Formats a module's inputs and outputs as Markdown tables. */
export function moduleTables({ variables, outputs }: Hcl): string {
  const inputs = Object.entries(variables).map(([name, variable]) => [
    `\`${name}\``,
    cell(variable.description),
    `\`${formatType(variable)}\``,
    formatDefault(variable),
  ]);
  const results = Object.entries(outputs).map(([name, { description }]) => [
    `\`${name}\``,
    cell(description),
  ]);
  return [
    ...section("Inputs", ["Name", "Description", "Type", "Default"], inputs),
    "",
    ...section("Outputs", ["Name", "Description"], results),
  ].join("\n");
}

/** Replaces the generated tables in a README, or appends them if it has none. */
export function withTables(readme: string, tables: string): string {
  const generated = `${BEGIN}\n${tables}\n${END}`;
  const [from, to] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (from < 0 || to < from) return `${readme.trimEnd()}\n\n${generated}\n`.trimStart();
  return readme.slice(0, from) + generated + readme.slice(to + END.length);
}

const section = (title: string, head: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  `## ${title}`,
  "",
  row(head),
  row(head.map(() => "---")),
  ...rows.map(row),
];

const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

const cell = (text = ""): string => text.trim().replaceAll("|", "\\|").replaceAll("\n", "<br>");

/** Formats a type on one line, with commas in place of HCL's line breaks. */
const formatType = ({ type = "" }: Variable): string =>
  type
    .replace(/^\$\{([\s\S]*)\}$/, "$1")
    .replace(/\{\s*\n\s*/g, "{ ")
    .replace(/\s*\n\s*\}/g, " }")
    .replace(/\s*\n\s*/g, ", ")
    .replace(/ +/g, " ");

function formatDefault(variable: Variable): string {
  if (!Object.hasOwn(variable, "default")) return "required";
  return `\`${JSON.stringify(variable.default)}\``;
}
