import { DefinitionError } from "../shared/definition.ts";
import type { Resource } from "../shared/model.ts";

/** A node in the tree of path segments; only some nodes are resources with methods. */
export interface ResourceNode {
  resource: Resource | undefined;
  readonly literals: Map<string, ResourceNode>;
  variable: { readonly part: string; readonly greedy: boolean; readonly node: ResourceNode } | undefined;
}

/**
 * Arranges resources by segment.
 *
 * @throws DefinitionError for a path that API Gateway does not import: a segment with other characters than
 *   `A-Za-z0-9_.,:-`, a parameter that is not a whole segment, a greedy one that is not last, or two
 *   different parameters, also `{id}` and `{proxy+}`, at one node ("A sibling ({uid}) of this resource
 *   already has a variable path part", serverless-next.js issue 206)
 */
export function buildResourceTree(resources: readonly Resource[]): ResourceNode {
  const root = emptyNode();
  for (const resource of resources) {
    const segments = splitPath(resource.path);
    const greedy = segments.slice(0, -1).find((segment) => segment.endsWith("+}"));
    if (greedy !== undefined) throw new DefinitionError(resource.path, `the greedy ${greedy} must come last`);
    const node = segments.reduce((parent, segment) => addChild(parent, segment, resource.path), root);
    if (node.resource !== undefined) {
      throw new DefinitionError(resource.path, `is the same resource as ${node.resource.path}`);
    }
    node.resource = resource;
  }
  return root;
}

/** Splits a path or path template into segments; a slash at the end adds none. */
export function splitPath(path: string): string[] {
  const segments = path.slice(1).split("/");
  return segments.at(-1) === "" ? segments.slice(0, -1) : segments;
}

function emptyNode(): ResourceNode {
  return { resource: undefined, literals: new Map(), variable: undefined };
}

function addChild(parent: ResourceNode, segment: string, path: string): ResourceNode {
  if (/^\{[A-Za-z0-9_.,:-]+\+?\}$/.test(segment)) return addVariable(parent, segment, path);
  if (!/^[A-Za-z0-9_.,:-]+$/.test(segment)) {
    throw new DefinitionError(
      path,
      `the segment "${segment}" must consist of A-Z a-z 0-9 _ . , : - or be a {parameter}`,
    );
  }
  const child = parent.literals.get(segment) ?? emptyNode();
  parent.literals.set(segment, child);
  return child;
}

function addVariable(parent: ResourceNode, part: string, path: string): ResourceNode {
  parent.variable ??= { part, greedy: part.endsWith("+}"), node: emptyNode() };
  if (parent.variable.part !== part) {
    throw new DefinitionError(
      path,
      `${part} has the sibling ${parent.variable.part}; only one variable is allowed`,
    );
  }
  return parent.variable.node;
}
