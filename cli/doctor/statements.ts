/** A statement of a resource-based policy. It comes from JSON without validation, so each field may be missing. */
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

/** Parses the statements of a policy. API Gateway returns a resource policy with escaped quotes. */
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

/** Returns the strings of a value that is a string or a list. */
export const readStrings = (value: unknown): string[] =>
  [value].flat().filter((one): one is string => typeof one === "string");
