import type { RequestListener } from "node:http";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import {
  createIdentityProvider,
  type IdentityProvider,
} from "../../local/identity-provider/identity-provider.ts";
import { issuerUrl } from "../../local/identity-provider/identity-server.ts";
import type { Providers } from "./tokens.ts";

/** Creates a local identity provider for each of a folder's issuers. */
export function createProviders(
  { issuers, tenants }: Pick<PolicySet, "issuers" | "tenants">,
  origin: string,
): Providers {
  const all = new Map<string, IdentityProvider>(
    [...issuers].map(([name, issuer]) => [
      name,
      createIdentityProvider(
        issuerUrl(origin, name),
        () => issuer,
        async (tenant) => tenants.get(tenant)?.directories.get(name)?.name,
      ),
    ]),
  );
  return (name) => {
    const found = all.get(name);
    if (found === undefined) throw new Error(`There is no issuer ${name}`);
    return found;
  };
}

export interface Listening {
  readonly origin: string;
  readonly server: Server;
}

/** Starts a server on any free port of loopback. */
export async function listen(listener: RequestListener): Promise<Listening> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

export async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeAllConnections();
  await closed;
}
