import type { EnvironmentReader } from "../environment.ts";

/** Credentials of AWS, which Lambda always sets. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** How the permissions table is reached. */
export interface TableConfig {
  /** The permissions table's name. */
  readonly tableName: string;
  readonly region: string;
  /** The URL of DynamoDB; undefined means AWS's own in the region. */
  readonly endpoint: string | undefined;
  readonly credentials: Credentials;
  /** How long the Lambda uses cached items without reading them again, in seconds. */
  readonly permissionsTtlSeconds: number;
  /** How much longer it uses them while the table cannot be read, in seconds; 0 makes each such request a 500. */
  readonly serveStaleSeconds: number;
}

const TABLE_NAME = /^[A-Za-z0-9_.-]{3,255}$/;

/** Reads from the environment how the table is reached. Problems are reported to the reader. */
export function readTable(read: EnvironmentReader): TableConfig {
  return {
    tableName: read.matching(
      "TABLE_NAME",
      TABLE_NAME,
      "a table's name: 3 to 255 characters of A-Z a-z 0-9 _ . -",
    ),
    ...readAws(read, "DYNAMODB"),
    permissionsTtlSeconds: read.seconds("PERMISSIONS_TTL_SECONDS", { default: 30, max: 3_600 }),
    serveStaleSeconds: read.seconds("SERVE_STALE_PERMISSIONS_SECONDS", { default: 0, max: 3_600 }),
  };
}

/** Reads region, endpoint and credentials of a service. Problems are reported to the reader. */
export function readAws(
  read: EnvironmentReader,
  service: "DYNAMODB" | "S3",
): Pick<TableConfig, "region" | "endpoint" | "credentials"> {
  const sessionToken = read.optional("AWS_SESSION_TOKEN");
  return {
    region: read.matching("AWS_REGION", /^[a-z0-9-]{1,32}$/, "a region's name, such as eu-central-1"),
    endpoint: readEndpoint(read, service),
    credentials: {
      accessKeyId: read.required("AWS_ACCESS_KEY_ID"),
      secretAccessKey: read.required("AWS_SECRET_ACCESS_KEY"),
      ...(sessionToken !== undefined && { sessionToken }),
    },
  };
}

function readEndpoint(read: EnvironmentReader, service: string): string | undefined {
  const variable = [`AWS_ENDPOINT_URL_${service}`, "AWS_ENDPOINT_URL"].find(
    (name) => read.optional(name) !== undefined,
  );
  if (variable === undefined) return undefined;
  const endpoint = read.required(variable);
  if (!/^https?:/.test(endpoint) || !URL.canParse(endpoint))
    read.report(variable, "must be an http or https URL");
  return endpoint;
}
