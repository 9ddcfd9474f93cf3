import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { HTTP } from "@cerbos/http";
import type { Engine, Question } from "../deciding/engine.ts";
import type { TaggedRoute } from "../fixtures/github.ts";

/**
 * Starts Cerbos's server on loopback. Each tag of the API is a kind of resource with its own policy, and the tag's
 * operations are the actions. One CheckResources request decides all routes; the server's limits are raised for it.
 */
export async function start({ api, subject, roles }: Question): Promise<Engine<ReadonlySet<string>>> {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-cerbos-"));
  const [http, grpc] = [await freePort(), await freePort()];
  writePolicies(folder, api);
  const config = join(folder, "config.json");
  writeFileSync(config, JSON.stringify(configuration(folder, http, grpc)));
  const server = spawn(executablePath(), ["server", `--config=${config}`, "--log-level=ERROR"], {
    stdio: "ignore",
  });
  const url = `http://127.0.0.1:${http}`;
  await untilReady(url);
  const client = new HTTP(url);
  const principal = { id: subject, roles: [...roles] };
  return {
    name: "Cerbos (loopback)",
    kind: "peer",
    batch: true,
    async decide(routes) {
      const { results } = await client.checkResources({ principal, resources: toResources(routes) });
      return new Set(
        results.flatMap(({ resource, actions }) =>
          Object.entries(actions).flatMap(([action, effect]) =>
            effect === "EFFECT_ALLOW" ? [`${resource.kind} ${action}`] : [],
          ),
        ),
      );
    },
    grantedKeys: (allowed, routes) =>
      new Set(
        routes.filter((route) => allowed.has(`${route.tag} ${actionName(route)}`)).map(({ key }) => key),
      ),
    async close() {
      server.kill();
      await once(server, "exit");
      rmSync(folder, { recursive: true });
    },
  };
}

/** Returns a route's action. Cerbos reads actions as globs, so parameters are written without braces. */
const actionName = ({ method, path }: TaggedRoute): string =>
  `${method}${path.replace(/\{([^}]*)\}/g, "by-$1").replaceAll("/", ".")}`;

function actionsByTag(routes: readonly TaggedRoute[]): Map<string, string[]> {
  const tags = new Map<string, string[]>();
  for (const route of routes) tags.set(route.tag, [...(tags.get(route.tag) ?? []), actionName(route)]);
  return tags;
}

const toResources = (routes: readonly TaggedRoute[]) =>
  [...actionsByTag(routes)].map(([kind, actions]) => ({ resource: { kind, id: "all" }, actions }));

function writePolicies(folder: string, { routes, roles }: Question["api"]): void {
  mkdirSync(join(folder, "policies"));
  for (const tag of new Set(routes.map((route) => route.tag))) {
    const own = routes.filter((route) => route.tag === tag);
    const rules = [...roles].flatMap(([role, keys]) => {
      const actions = own.filter(({ key }) => keys.has(key)).map(actionName);
      return actions.length === 0 ? [] : [{ actions, effect: "EFFECT_ALLOW", roles: [role] }];
    });
    const policy = {
      apiVersion: "api.cerbos.dev/v1",
      resourcePolicy: { resource: tag, version: "default", rules },
    };
    writeFileSync(join(folder, "policies", `${tag}.json`), JSON.stringify(policy));
  }
}

const configuration = (folder: string, http: number, grpc: number) => ({
  server: {
    httpListenAddr: `127.0.0.1:${http}`,
    grpcListenAddr: `127.0.0.1:${grpc}`,
    requestLimits: { maxActionsPerResource: 500, maxResourcesPerRequest: 500 },
  },
  storage: { driver: "disk", disk: { directory: join(folder, "policies"), watchForChanges: false } },
  telemetry: { disabled: true },
});

/** Returns the path of the executable. npm's `cerbos` is a script that starts it, and would outlive the executable's end. */
function executablePath(): string {
  const cerbosRequire = createRequire(createRequire(import.meta.url).resolve("cerbos/package.json"));
  return cerbosRequire.resolve(`@cerbos/cerbos-${process.platform}-${process.arch}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("The operating system gave no port");
  return address.port;
}

/** Waits for the server's health check. @throws Error if it does not succeed within 20 s */
async function untilReady(url: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const response = await fetch(`${url}/_cerbos/health`).catch(() => undefined);
    if (response?.ok === true) return;
    await sleep(100);
  }
  throw new Error("Cerbos did not start within 20 s");
}
