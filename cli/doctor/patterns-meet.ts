/**
 * Whether two patterns of IAM, with `*` for any run of characters and `?` for one, have a text in common. A table
 * over both, row by row: what is left of one against what is left of the other.
 */
export function patternsIntersect(first: string, second: string): boolean {
  const [a, b] = [[...first], [...second]];
  // row[j]: whether the rest of `a` and the rest of `b` from j have a text in common.
  let below: boolean[] = [];
  for (let i = a.length; i >= 0; i--) {
    const row: boolean[] = [];
    for (let j = b.length; j >= 0; j--) row[j] = meets(a[i], b[j], row[j + 1], below[j], below[j + 1]);
    below = row;
  }
  return below[0] === true;
}

type Cell = boolean | undefined;

function meets(
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
