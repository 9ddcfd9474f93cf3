import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { HTTP } from "@cerbos/http";
import type { Engine, Question } from "../engine.ts";
import type { TaggedRoute } from "../github.ts";

/**
 * Cerbos's server on loopback, with a resource policy for each kind of resource, here a tag of the API, and its
 * operations as actions. All routes are asked in one CheckResources, for which its limits are raised.
 */
export async function start({ api, subject, roles }: Question): Promise<Engine<ReadonlySet<string>>> {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-cerbos-"));
  const [http, grpc] = [await freePort(), await freePort()];
  writePolicies(folder, api);
  const config = join(folder, "config.json");
  writeFileSync(config, JSON.stringify(configuration(folder, http, grpc)));
  const server = spawn(binary(), ["server", `--config=${config}`, "--log-level=ERROR"], { stdio: "ignore" });
  const url = `http://127.0.0.1:${http}`;
  await isReady(url);
  const client = new HTTP(url);
  const principal = { id: subject, roles: [...roles] };
  return {
    name: "Cerbos (loopback)",
    kind: "peer",
    atOnce: true,
    async ask(routes) {
      const { results } = await client.checkResources({ principal, resources: resourcesOf(routes) });
      return new Set(
        results.flatMap(({ resource, actions }) =>
          Object.entries(actions).flatMap(([action, effect]) =>
            effect === "EFFECT_ALLOW" ? [`${resource.kind} ${action}`] : [],
          ),
        ),
      );
    },
    granted: (allowed, routes) =>
      new Set(routes.filter((route) => allowed.has(`${route.tag} ${actionOf(route)}`)).map(({ key }) => key)),
    async close() {
      server.kill();
      await once(server, "exit");
      rmSync(folder, { recursive: true });
    },
  };
}

/** Actions are globs to Cerbos, so a route's parameters are written otherwise. */
const actionOf = ({ method, path }: TaggedRoute): string =>
  `${method}${path.replace(/\{([^}]*)\}/g, "by-$1").replaceAll("/", ".")}`;

function byTag(routes: readonly TaggedRoute[]): Map<string, string[]> {
  const tags = new Map<string, string[]>();
  for (const route of routes) tags.set(route.tag, [...(tags.get(route.tag) ?? []), actionOf(route)]);
  return tags;
}

const resourcesOf = (routes: readonly TaggedRoute[]) =>
  [...byTag(routes)].map(([kind, actions]) => ({ resource: { kind, id: "all" }, actions }));

function writePolicies(folder: string, { routes, roles }: Question["api"]): void {
  mkdirSync(join(folder, "policies"));
  for (const tag of new Set(routes.map((route) => route.tag))) {
    const own = routes.filter((route) => route.tag === tag);
    const rules = [...roles].flatMap(([role, keys]) => {
      const actions = own.filter(({ key }) => keys.has(key)).map(actionOf);
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

/** The executable itself: npm's `cerbos` is a script that waits for it, and would outlive it. */
function binary(): string {
  const own = createRequire(createRequire(import.meta.url).resolve("cerbos/package.json"));
  return own.resolve(`@cerbos/cerbos-${process.platform}-${process.arch}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("There is no port");
  return address.port;
}

/** @throws where it does not answer within 20 s */
async function isReady(url: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const answer = await fetch(`${url}/_cerbos/health`).catch(() => undefined);
    if (answer?.ok === true) return;
    await sleep(100);
  }
  throw new Error("Cerbos did not start within 20 s");
}
