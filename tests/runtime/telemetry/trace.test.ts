import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import { traces } from "../../../runtime/telemetry/trace.ts";
import { decided } from "../../support/decided.ts";

const ROOT = "1-5759e988-bd862e3fe1be46a994272793";
const SAMPLED = `Root=${ROOT};Parent=53995c3f42cd8ad8;Sampled=1;Lineage=1:a87bd80c:0`;
let daemon: Socket;
let received: string[];

beforeEach(async () => {
  received = [];
  daemon = createSocket("udp4").on("message", (message) => received.push(message.toString()));
  daemon.bind(0, "127.0.0.1");
  await once(daemon, "listening");
});
afterEach(() => new Promise<void>((resolve) => daemon.close(() => resolve())));

const address = () => `127.0.0.1:${daemon.address().port}`;
const env = (header: string | undefined) => ({
  AWS_XRAY_DAEMON_ADDRESS: address(),
  _X_AMZN_TRACE_ID: header,
});
const nextMessage = () => once(daemon, "message");

test("a sampled decision becomes a subsegment of its request's trace, with annotations to search by", async () => {
  const line = { outcome: "deny", reason: "no_role", tenantId: "acme", userId: "ann", group: "a" };
  const arrived = nextMessage();
  traces(env(SAMPLED))(decided({ decision: line }));
  await arrived;
  const [header = "", json = "", ...rest] = received[0]?.split("\n") ?? [];
  expect(rest).toEqual([]);
  expect(JSON.parse(header)).toEqual({ format: "json", version: 1 });
  expect(JSON.parse(json)).toEqual({
    type: "subsegment",
    trace_id: ROOT,
    parent_id: "53995c3f42cd8ad8",
    id: expect.stringMatching(/^[0-9a-f]{16}$/),
    name: "decision",
    start_time: 1,
    end_time: 1.004,
    annotations: { outcome: "deny", reason: "no_role", tenant: "acme", group: "a" },
  });
});

test("an internal failure is a fault, with its code", async () => {
  const arrived = nextMessage();
  traces(env(SAMPLED))(
    decided({ decision: { outcome: "error", code: "table_unreachable", tenantId: undefined } }),
  );
  await arrived;
  expect(JSON.parse(received[0]?.split("\n")[1] ?? "")).toMatchObject({
    fault: true,
    annotations: { outcome: "error", reason: "table_unreachable", group: "a" },
  });
});

test.each([
  ["that is not sampled", SAMPLED.replace("Sampled=1", "Sampled=0")],
  ["without a trace", undefined],
  ["whose trace has no parent", `Root=${ROOT};Sampled=1`],
  ["with an invalid trace header", "Sampled=1"],
])("a request %s sends no subsegment, and the next sampled request sends one", async (_, header) => {
  const changing: Record<string, string | undefined> = env(header);
  const report = traces(changing);
  report(decided({ decision: { outcome: "allow", tenantId: "unsent" } }));
  changing["_X_AMZN_TRACE_ID"] = SAMPLED;
  const arrived = nextMessage();
  report(decided());
  await arrived;
  expect(received).toHaveLength(1);
  expect(received[0]).not.toContain("unsent");
});

test.each([undefined, "", "nowhere", "127.0.0.1:99999", "no.such.host.invalid:2000", "127.0.0.1:1"])(
  "a daemon that cannot be reached causes no error: %s",
  async (to) => {
    const changing: Record<string, string | undefined> = env(SAMPLED);
    changing["AWS_XRAY_DAEMON_ADDRESS"] = to;
    const report = traces(changing);
    for (let round = 0; round < 3; round++) expect(report(decided())).toBeUndefined();
    changing["AWS_XRAY_DAEMON_ADDRESS"] = address();
    const arrived = nextMessage();
    report(decided());
    await arrived;
    expect(received).toHaveLength(1);
  },
);
