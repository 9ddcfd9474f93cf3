import type { IncomingMessage, ServerResponse } from "node:http";
import type { StackEvent } from "../../core/policy-files/live-events.ts";
import type { AccessLogEntry } from "../apigateway/shared/access-log.ts";
import { joinDecisions } from "./decision-join.ts";
import { createEventStream, type EventStreamOptions } from "./event-stream.ts";
import { type Body, refuseMethod, send } from "./send.ts";
import { type PolicyWatch, type ShownPolicies, watchPolicies } from "./shown-policies.ts";

/** Where the console is, below the stack's origin. */
export const CONSOLE_PATH = "/_portcullis/";

/** What the page is made of, by its path below {@link CONSOLE_PATH}; the page itself is `index.html`. */
export type ConsoleFiles = ReadonlyMap<string, Body>;

export interface ConsoleParts {
  /** Makes the page; asked when somebody first opens it. */
  readonly files: () => Promise<ConsoleFiles>;
  /** What `policies.json` says; asked when it is fetched. */
  readonly serialise: (shown: ShownPolicies) => unknown;
  readonly shown: ShownPolicies;
  readonly about: StackEvent;
  readonly events?: EventStreamOptions;
}

/** The console's part of a stack: its page, and what happens in the stack while it runs. */
export interface ConsoleServer extends Pick<PolicyWatch, "show" | "leftOut"> {
  /** Answers what is the console's at {@link CONSOLE_PATH} and below; false: it is not. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
  accessLog(entry: AccessLogEntry): void;
  /** Any line of the functions' logs. */
  lambdaLog(line: string): void;
  close(): void;
}

/** @example startStack({ …, console: createConsole({ files, serialise, shown: { inForce }, about }) }) */
export function createConsole({ files, serialise, shown, about, events }: ConsoleParts): ConsoleServer {
  const stream = createEventStream(events);
  stream.state("stack", "stack", about);
  const decisions = joinDecisions({ onDecision: (decision) => stream.publish("decision", decision) });
  const policies = watchPolicies(shown, serialise, (event) => stream.state(event.folder, "policies", event));
  const page = remembered(files);

  async function answerOf(path: string): Promise<Answer | undefined> {
    if (path === "console/events") return (request, response) => stream.listen(request, response);
    if (path === "console/policies.json")
      return (request, response) => {
        const { version, text } = policies.json();
        response.setHeader("etag", `"${version}"`);
        send(request, response, { type: "application/json", body: text });
      };
    const file = (await page()).get(path === "" ? "index.html" : path);
    return file && ((request, response) => send(request, response, file));
  }

  return {
    async handle(request, response) {
      const [path = ""] = (request.url ?? "").split("?", 1);
      if (`${path}/` === CONSOLE_PATH) {
        response.writeHead(308, { location: CONSOLE_PATH }).end();
        return true;
      }
      const answer = path.startsWith(CONSOLE_PATH) && (await answerOf(path.slice(CONSOLE_PATH.length)));
      if (!answer) return false;
      if (request.method === "GET" || request.method === "HEAD") answer(request, response);
      else refuseMethod(response);
      return true;
    },
    accessLog: decisions.accessLog,
    lambdaLog: decisions.lambdaLog,
    show: policies.show,
    leftOut: policies.leftOut,
    close() {
      decisions.close();
      stream.close();
    },
  };
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** What was made once, unless that failed. */
function remembered<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return async () => {
    made ??= make();
    try {
      return await made;
    } catch (error) {
      made = undefined;
      throw error;
    }
  };
}
