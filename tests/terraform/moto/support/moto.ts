import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export const REGION = "eu-central-1";

/** A running moto server, which simulates AWS in memory. */
export interface Moto {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  /** Variables with which the AWS provider and Terraform's S3 backend call only moto. */
  readonly environment: NodeJS.ProcessEnv;
  stop(): Promise<void>;
}

/** Starts moto_server on a free port of loopback. @throws Error if it does not start */
export async function startMoto(): Promise<Moto> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const child = spawn("moto_server", ["-H", "127.0.0.1", "-p", String(port)], {
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
  };
  try {
    await configure(endpoint, () => child.exitCode !== null);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint, environment: motoEnvironment(endpoint), stop };
}

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
  throw new Error(`moto_server does not respond on ${endpoint}: start it by hand to see why`);
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
