import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ConsoleData } from "../../../console/data.ts";
import { consoleFiles } from "../../../packaging/console.ts";

/** The header that the local stack sends: the policy of `index.html`, and `frame-ancestors`, which needs a header. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The response to `console/policies.json`: data, or a status and a body. */
export type DataResponse = ConsoleData | { readonly status: number; readonly text: string };

export interface ServedPage {
  /** The page's URL. */
  readonly url: string;
  /** Sets the response to the following requests for the data. */
  respondWith(next: DataResponse): void;
  close(): Promise<void>;
}

const files = consoleFiles();

/** Serves the built page below a path, and nothing else. */
export async function servePage(first: DataResponse): Promise<ServedPage> {
  let data = first;
  const built = await files;
  const server = createServer(({ url = "" }, response) => {
    const name = url.replace(/^\/some\/where\//, "").replace(/^$/, "index.html");
    const file = built.get(name);
    if (file !== undefined)
      response
        .writeHead(200, { "content-type": file.type, "content-security-policy": POLICY })
        .end(file.body);
    else if (name !== "console/policies.json") response.writeHead(404).end();
    else if ("sets" in data) response.writeHead(200).end(JSON.stringify(data));
    else response.writeHead(data.status).end(data.text);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/some/where/`,
    respondWith: (next) => {
      data = next;
    },
    close: () => close(server),
  };
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => void server.close(resolve));
}
