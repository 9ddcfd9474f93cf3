import type { Route, Segment } from "../../core/model/route.ts";

/** A line of the tree: a part of a path, and the routes that end there. */
export interface TreeLine {
  readonly depth: number;
  /** `/documents`, or several segments if nothing branches between them. */
  readonly label: string;
  readonly path: string;
  readonly routes: readonly Route[];
}

interface Node {
  readonly label: string;
  readonly path: string;
  readonly children: Map<string, Node>;
  readonly routes: Route[];
}

const makeNode = (label: string, path: string): Node => ({ label, path, children: new Map(), routes: [] });

/** Arranges routes as a tree of their paths and returns it line by line, literals before parameters. */
export function pathTree(routes: readonly Route[]): TreeLine[] {
  const root = makeNode("", "");
  for (const route of routes) {
    let node = root;
    for (const segment of route.segments) node = getOrAddChild(node, segmentLabel(segment));
    node.routes.push(route);
  }
  const top = root.routes.length === 0 ? [] : [{ depth: 0, label: "/", path: "/", routes: root.routes }];
  return [...top, ...sorted(root).flatMap((child) => lines(child, 0))];
}

function segmentLabel(segment: Segment): string {
  if (segment.kind === "literal") return segment.text;
  return segment.kind === "greedy" ? `{${segment.name}+}` : `{${segment.name}}`;
}

function getOrAddChild(node: Node, label: string): Node {
  const existing = node.children.get(label);
  if (existing !== undefined) return existing;
  const child = makeNode(label, `${node.path}/${label}`);
  node.children.set(label, child);
  return child;
}

const sorted = ({ children }: Node): Node[] =>
  [...children.values()].sort((a, b) => rank(a) - rank(b) || (a.label < b.label ? -1 : 1));

const rank = ({ label }: Node): number => (label.startsWith("{") ? 1 : 0);

/** Returns the lines of a node and its descendants. A node with one child and no route shares a line with the child. */
function lines(node: Node, depth: number): TreeLine[] {
  let [last, label] = [node, `/${node.label}`];
  while (last.routes.length === 0 && last.children.size === 1) {
    const [only] = last.children.values();
    if (only === undefined) break;
    last = only;
    label += `/${only.label}`;
  }
  const own: TreeLine = { depth, label, path: last.path, routes: last.routes };
  return [own, ...sorted(last).flatMap((child) => lines(child, depth + 1))];
}
