import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ConsoleData } from "../../../console/data.ts";
import { consoleFiles } from "../../../packaging/console.ts";

/** The header that the local stack sends; `index.html` says the same, but for what only a header can say. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** What `console/policies.json` is answered with: data, or a status and a text. */
export type Answer = ConsoleData | { readonly status: number; readonly text: string };

export interface ServedPage {
  /** The page's address. */
  readonly url: string;
  /** Changes what the data is from now on. */
  answer(next: Answer): void;
  close(): Promise<void>;
}

const files = consoleFiles();

/** Serves the page as built, below a path, and nothing else. */
export async function servePage(first: Answer): Promise<ServedPage> {
  let answer = first;
  const built = await files;
  const server = createServer(({ url = "" }, response) => {
    const name = url.replace(/^\/some\/where\//, "").replace(/^$/, "index.html");
    const file = built.get(name);
    if (file !== undefined)
      response
        .writeHead(200, { "content-type": file.type, "content-security-policy": POLICY })
        .end(file.body);
    else if (name !== "console/policies.json") response.writeHead(404).end();
    else if ("sets" in answer) response.writeHead(200).end(JSON.stringify(answer));
    else response.writeHead(answer.status).end(answer.text);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/some/where/`,
    answer: (next) => {
      answer = next;
    },
    close: () => close(server),
  };
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => void server.close(resolve));
}
