/** A statement of a policy that is attached to something: whatever JSON says, so each member may be missing. */
export interface ResourceStatement {
  readonly Sid?: string;
  readonly Effect?: string;
  readonly Principal?: Readonly<Record<string, unknown>>;
  readonly Action?: unknown;
  readonly NotAction?: unknown;
  readonly Resource?: unknown;
  readonly NotResource?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/**
 * The statements of a policy's text. API Gateway gives a resource policy with its quotes escaped, as the inside
 * of a JSON string.
 */
export function readStatements(text: string | undefined): readonly ResourceStatement[] {
  if (text === undefined || text === "") return [];
  const policy = parse(text) as { readonly Statement?: ResourceStatement | readonly ResourceStatement[] };
  return [policy.Statement ?? []].flat();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse(JSON.parse(`"${text}"`) as string);
  }
}

/** One text, or a list of texts. */
export const textsIn = (value: unknown): string[] =>
  [value].flat().filter((one): one is string => typeof one === "string");
