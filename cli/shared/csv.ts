import { oneLine } from "./output.ts";

/**
 * Formats one record of a CSV file (RFC 4180). Spreadsheets run a cell that begins with `=`, `+`, `-`, `@`, a tab or the
 * end of a line, so such a value gets a leading quote. Characters that could imitate a record of their own are escaped.
 */
export const csvLine = (cells: readonly string[]): string => cells.map(csvCell).join(",");

const csvCell = (text: string): string =>
  `"${oneLine(/^\s*[=+\-@\t\r\n]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
