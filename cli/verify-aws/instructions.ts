/** A policy statement with patterns below the API's stage, such as `GET/p/?*`. */
export interface StatementSpec {
  readonly effect: "Allow" | "Deny";
  readonly patterns: readonly string[];
  readonly condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The response that the temporary authorizer has to return. The token contains it. */
export interface Instructions {
  /** The secret of the run. The API rejects requests without it. */
  readonly key: string;
  /** Makes each token a separate cache key. */
  readonly nonce: string;
  readonly statements: readonly StatementSpec[];
  /** The approximate length of the whole response in bytes. */
  readonly padTo?: number;
}

/** The parts of the temporary authorizer's event that the probes need. */
export interface EventSeen {
  /** Below the stage: `GET/p/a`. */
  readonly methodArn: string;
  readonly resource: string;
  readonly path: string;
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

function decode(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}

export const writeToken = (instructions: Instructions): string => encode(instructions);

/** Reads the instructions of an Authorization header. Returns undefined if it does not have the run's key. */
export function readToken(header: string | undefined, key: string | undefined): Instructions | undefined {
  const found = decode((header ?? "").replace(/^Bearer /, "")) as Instructions | undefined;
  return key !== undefined && key !== "" && found?.key === key ? found : undefined;
}

/** Encodes with characters that an error template can contain without escaping. */
export const writeSeen = (seen: EventSeen): string => encode(seen);

export function readSeen(text: unknown): EventSeen | undefined {
  return typeof text === "string" && text !== "" ? (decode(text) as EventSeen | undefined) : undefined;
}
