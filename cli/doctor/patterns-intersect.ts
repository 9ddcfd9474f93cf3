/**
 * Returns whether some string matches both IAM patterns, in which `*` matches any characters and `?` matches one.
 * Fills a table row by row, with a cell for each pair of suffixes.
 */
export function patternsIntersect(first: string, second: string): boolean {
  const [a, b] = [[...first], [...second]];
  // row[j]: whether some string matches both a[i..] and b[j..].
  let below: boolean[] = [];
  for (let i = a.length; i >= 0; i--) {
    const row: boolean[] = [];
    for (let j = b.length; j >= 0; j--) row[j] = intersects(a[i], b[j], row[j + 1], below[j], below[j + 1]);
    below = row;
  }
  return below[0] === true;
}

type Cell = boolean | undefined;

function intersects(
  x: string | undefined,
  y: string | undefined,
  skipY: Cell,
  skipX: Cell,
  skipBoth: Cell,
): boolean {
  if (x === undefined && y === undefined) return true;
  if (x === "*") return skipX === true || (y !== undefined && skipY === true);
  if (y === "*") return skipY === true || (x !== undefined && skipX === true);
  if (x === undefined || y === undefined) return false;
  return (x === y || x === "?" || y === "?") && skipBoth === true;
}
