import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const REGION = "eu-central-1";

const SERVER = fileURLToPath(new URL("moto-server.py", import.meta.url));

/** moto as it is, or with the semantics of AWS that moto lacks (`moto-server.py` lists them). */
export type MotoKind = "plain" | "like-aws";

/** A call that may change something, as moto received it. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** Service and operation, for example `DynamoDB_20120810.PutItem`; empty if path and method name the operation. */
  readonly target: string;
  readonly body: string;
}

/** A running moto server, which simulates AWS in memory. */
export interface Moto {
  readonly kind: MotoKind;
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  /** Variables with which the AWS provider and Terraform's S3 backend call only moto. */
  readonly environment: NodeJS.ProcessEnv;
  /** Returns all calls until now that are not reads, in their order. */
  calls(): readonly Call[];
  stop(): Promise<void>;
}

/** Starts moto's server on a free port of loopback. @throws Error if it does not start */
export async function startMoto(kind: MotoKind): Promise<Moto> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const folder = mkdtempSync(join(tmpdir(), "portcullis-moto-"));
  const log = join(folder, "calls");
  writeFileSync(log, "");
  const child = spawn("python3", [SERVER, kind, String(port), log], {
    env: { ...process.env, MOTO_IAM_LOAD_MANAGED_POLICIES: "true" },
    stdio: "ignore",
  });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await configure(endpoint, () => child.exitCode !== null);
  } catch (error) {
    await stop();
    throw error;
  }
  return { kind, endpoint, environment: motoEnvironment(endpoint), calls: () => readCalls(log), stop };
}

const readCalls = (log: string): Call[] =>
  readFileSync(log, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Call);

/** Returns the environment without the user's own AWS settings, so that no real account is used by mistake. */
function motoEnvironment(endpoint: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(AWS_|TF_VAR_|TF_CLI_ARGS)/.test(name));
  return {
    ...Object.fromEntries(inherited),
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_EC2_METADATA_DISABLED: "true",
    CHECKPOINT_DISABLE: "1",
    TF_IN_AUTOMATION: "1",
  };
}

/** Configures moto to store functions without Docker, because the local stack runs them. */
async function configure(endpoint: string, died: () => boolean): Promise<void> {
  const body = JSON.stringify({ lambda: { use_docker: false } });
  for (let attempt = 0; attempt < 300 && !died(); attempt++) {
    const response = await fetch(`${endpoint}/moto-api/config`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    }).catch(() => undefined);
    if (response?.ok) return;
    await sleep(100);
  }
  throw new Error(`moto does not respond on ${endpoint}: start moto-server.py by hand to see why`);
}

/** Creates a bucket for Terraform's state, without an S3 client. */
export async function createBucket({ endpoint }: Moto, bucket: string): Promise<void> {
  const scope = `test/20260101/us-east-1/s3/aws4_request`;
  const response = await fetch(`${endpoint}/${bucket}`, {
    method: "PUT",
    headers: { authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0` },
  });
  if (!response.ok) throw new Error(`The bucket ${bucket} was not created: ${await response.text()}`);
}

/** Creates a hosted zone, without a Route 53 client. Returns its id. */
export async function createZone({ endpoint }: Moto, name: string): Promise<string> {
  const scope = "test/20260101/us-east-1/route53/aws4_request";
  const response = await fetch(`${endpoint}/2013-04-01/hostedzone`, {
    method: "POST",
    headers: { authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0` },
    body: `<CreateHostedZoneRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Name>${name}</Name><CallerReference>test</CallerReference></CreateHostedZoneRequest>`,
  });
  const id = /<Id>\/hostedzone\/(\w+)<\/Id>/.exec(await response.text())?.[1];
  if (id === undefined) throw new Error(`The zone ${name} was not created`);
  return id;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
