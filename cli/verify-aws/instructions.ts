/** A statement for the policy, in patterns below the API's stage: `GET/p/?*`. */
export interface StatementWanted {
  readonly effect: "Allow" | "Deny";
  readonly patterns: readonly string[];
  readonly condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** What the throw-away authorizer is to answer; it travels as the token. */
export interface Instructions {
  /** The run's secret: without it the API answers nobody. */
  readonly key: string;
  /** Makes a token its own cache key. */
  readonly nonce: string;
  readonly statements: readonly StatementWanted[];
  /** How long the whole answer is to be, in bytes, about. */
  readonly padTo?: number;
}

/** What the throw-away authorizer was told, as far as the probes want to know. */
export interface EventSeen {
  /** Below the stage: `GET/p/a`. */
  readonly methodArn: string;
  readonly resource: string;
  readonly path: string;
}

const toText = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

function fromText(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}

export const writeToken = (instructions: Instructions): string => toText(instructions);

/** The instructions of an Authorization header that has the run's key; undefined for any other. */
export function readToken(header: string | undefined, key: string | undefined): Instructions | undefined {
  const found = fromText((header ?? "").replace(/^Bearer /, "")) as Instructions | undefined;
  return key !== undefined && key !== "" && found?.key === key ? found : undefined;
}

/** In letters that an error template may hold unescaped. */
export const writeSeen = (seen: EventSeen): string => toText(seen);

export function readSeen(text: unknown): EventSeen | undefined {
  return typeof text === "string" && text !== "" ? (fromText(text) as EventSeen | undefined) : undefined;
}
