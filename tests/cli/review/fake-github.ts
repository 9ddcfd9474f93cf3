import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface FakeComment {
  readonly id: number;
  readonly user: { readonly login: string; readonly type: string } | null;
  body: string;
}

/** The state of GitHub for one repository, `example/quill`, and what was written to it. */
export interface FakeGitHub {
  readonly address: string;
  pulls: {
    readonly number: number;
    readonly user: { readonly login: string; readonly type: string };
    readonly head: { readonly sha: string; readonly repo: { readonly id: number } | null };
    /** What the API filters by. */
    readonly from: string;
    readonly base: string;
  }[];
  reviews: { readonly user: object | null; readonly state: string; readonly commit_id: string | null }[];
  comments: FakeComment[];
  readonly writers: Set<string>;
  readonly statuses: { readonly sha: string; readonly state: string; readonly description: string }[];
  /** Paths that get a 500. */
  readonly broken: Set<string>;
}

export const BOT = { login: "github-actions[bot]", type: "Bot" };
export const person = (login: string) => ({ login, type: "User" });
export const TOKEN = "token-of-the-workflow";

/** Starts the part of GitHub's REST API that posting a review needs, on loopback. */
export async function startGitHub(): Promise<FakeGitHub> {
  const state: FakeGitHub = {
    address: "",
    pulls: [],
    reviews: [],
    comments: [],
    writers: new Set(),
    statuses: [],
    broken: new Set(),
  };
  const server = createServer(async (request, response) => {
    const [status, body] = answer(state, request, await textOf(request));
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return Object.assign(state, { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}

function answer(
  state: FakeGitHub,
  { method, url = "", headers }: IncomingMessage,
  text: string,
): [number, unknown] {
  if (headers.authorization !== `Bearer ${TOKEN}`) return [401, {}];
  const { pathname, searchParams } = new URL(url, "http://github");
  const path = pathname.replace("/repos/example/quill", "");
  if (state.broken.has(path)) return [500, {}];
  const body = (text === "" ? {} : JSON.parse(text)) as { body: string; state: string; description: string };
  const page = (items: readonly unknown[]): [number, unknown] => {
    const from = (Number(searchParams.get("page")) - 1) * Number(searchParams.get("per_page"));
    return [200, items.slice(from, from + Number(searchParams.get("per_page")))];
  };
  const [, collaborator] = /^\/collaborators\/([^/]+)\/permission$/.exec(path) ?? [];
  if (collaborator !== undefined)
    return [200, { permission: state.writers.has(decodeURIComponent(collaborator)) ? "write" : "read" }];
  const [, sha] = /^\/statuses\/([0-9a-f]+)$/.exec(path) ?? [];
  if (sha !== undefined && method === "POST") {
    state.statuses.push({ sha, state: body.state, description: body.description });
    return [201, {}];
  }
  if (path === "/pulls")
    return page(
      state.pulls.filter(
        ({ from, base }) => from === searchParams.get("head") && base === searchParams.get("base"),
      ),
    );
  if (/^\/pulls\/\d+\/reviews$/.test(path)) return page(state.reviews);
  if (/^\/issues\/\d+\/comments$/.test(path)) {
    if (method === "GET") return page(state.comments);
    state.comments.push({ id: 1000 + state.comments.length, user: BOT, body: body.body });
    return [201, {}];
  }
  const [, id] = /^\/issues\/comments\/(\d+)$/.exec(path) ?? [];
  const comment = state.comments.find((one) => String(one.id) === id);
  if (comment === undefined || method !== "PATCH" || comment.user?.login !== BOT.login) return [404, {}];
  comment.body = body.body;
  return [200, {}];
}
