import type { IncomingMessage, ServerResponse } from "node:http";
import { memoizeSuccess } from "../../core/model/memoize.ts";
import type { PoliciesEvent, StackEvent } from "../../core/policy-files/live-events.ts";
import { NOTHING_ADDED, type RunTimeItems } from "../../core/policy-files/simulate/run-time-state.ts";
import type { Scanned } from "../../runtime/table/scan-tenants.ts";
import type { AccessLogEntry } from "../apigateway/shared/access-log.ts";
import { joinDecisions } from "./decision-join.ts";
import { createEventStream, type EventStreamOptions } from "./event-stream.ts";
import { type PolicyWatch, type ShownFolder, type ShownPolicies, watchPolicies } from "./shown-policies.ts";

/** The console's path below the stack's origin. */
export const CONSOLE_PATH = "/_portcullis/";

interface Body {
  /** The media type. */
  readonly type: string;
  readonly body: string | Uint8Array;
}

/** The page's files by their path below {@link CONSOLE_PATH}; the page itself is `index.html`. */
export type ConsoleFiles = ReadonlyMap<string, Body>;

export interface ConsoleParts {
  /** Builds the page; called when it is first opened. */
  readonly files: () => Promise<ConsoleFiles>;
  /** Builds the content of `policies.json`; called when it is fetched. */
  readonly serialise: (shown: ShownPolicies) => unknown;
  readonly shown: ShownPolicies;
  readonly about: StackEvent;
  readonly events?: EventStreamOptions;
}

/** The console's part of a stack: its page, and the events of the running stack. */
export interface ConsoleServer extends Pick<PolicyWatch, "leftOut"> {
  /** Publishes that a new state of a folder is in force, or is the candidate. */
  show(folder: PoliciesEvent["folder"], state: ShownFolder): Promise<void>;
  /** Responds to a request at {@link CONSOLE_PATH} or below. Returns false if the console has nothing at that path. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
  accessLog(entry: AccessLogEntry): void;
  /** Takes any line of the functions' logs. */
  lambdaLog(line: string): void;
  /** Sets how the tenants, memberships and revocations of run time are read, each time they are needed. */
  readRunTimeWith(read: ReadRunTime): void;
  close(): void;
}

/** Reads what run time added, or its tenants alone. */
type ReadRunTime = (scanned: Scanned) => Promise<RunTimeItems>;

/** Creates a stack's console. @example startStack({ …, console: createConsole({ files, serialise, shown, about }) }) */
export function createConsole({ files, serialise, shown, about, events }: ConsoleParts): ConsoleServer {
  const stream = createEventStream(events);
  stream.state("stack", "stack", about);
  const decisions = joinDecisions({ onDecision: (decision) => stream.publish("decision", decision) });
  const policies = watchPolicies(shown, serialise, (event) => stream.state(event.folder, "policies", event));
  const page = memoizeSuccess(files);
  let readRunTime: ReadRunTime = () => Promise.resolve(NOTHING_ADDED);

  async function findHandler(path: string): Promise<Handler | undefined> {
    if (path === "console/events") return (request, response) => stream.listen(request, response);
    if (path === "console/policies.json")
      return (request, response) => {
        const { version, text } = policies.json();
        response.setHeader("etag", `"${version}"`);
        send(request, response, { type: "application/json", body: text });
      };
    if (path === "console/run-time.json") {
      const { generations, ...others } = await readRunTime("everything");
      const body = JSON.stringify({ ...others, generations: [...generations] });
      return (request, response) => send(request, response, { type: "application/json", body });
    }
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
      const handler = path.startsWith(CONSOLE_PATH) && (await findHandler(path.slice(CONSOLE_PATH.length)));
      if (!handler) return false;
      if (request.method === "GET" || request.method === "HEAD") handler(request, response);
      else methodNotAllowed(response);
      return true;
    },
    accessLog: decisions.accessLog,
    lambdaLog: decisions.lambdaLog,
    readRunTimeWith(read) {
      readRunTime = read;
    },
    show: async (folder, state) => policies.show(folder, state, await readRunTime("tenants")),
    leftOut: policies.leftOut,
    close() {
      decisions.close();
      stream.close();
    },
  };
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Responds to GET, and to HEAD with the same headers. */
function send(request: IncomingMessage, response: ServerResponse, { type, body }: Body): void {
  response.writeHead(200, { "content-type": type, "content-length": Buffer.byteLength(body) });
  response.end(request.method === "HEAD" ? undefined : body);
}

/** Responds to a method other than GET and HEAD. */
function methodNotAllowed(response: ServerResponse): void {
  response.writeHead(405, { allow: "GET, HEAD" }).end();
}
