import { randomBytes } from "node:crypto";
import type { Socket } from "node:dgram";
import type { Environment } from "../environment.ts";
import type { CompletedDecision, TelemetrySink } from "./telemetry.ts";

const HEADER = '{"format":"json","version":1}\n';

/**
 * Hands X-Ray's daemon, which Lambda runs beside the function, a subsegment for each decision of a sampled
 * request: tenant, outcome, reason and group are annotations, by which traces can be searched. What cannot be
 * sent is lost, and the decision is none the worse for it.
 *
 * @param env read anew for each decision: Lambda sets `_X_AMZN_TRACE_ID` for each invocation
 * @see https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html
 */
export function traces(env: Environment): TelemetrySink {
  let socket: Promise<Socket> | undefined;
  return (decided) => {
    const parent = sampledParent(env["_X_AMZN_TRACE_ID"]);
    if (parent === undefined) return;
    const [, host, port] = /^([^\s:]+):(\d{1,5})$/.exec(env["AWS_XRAY_DAEMON_ADDRESS"] ?? "") ?? [];
    if (port === undefined) return;
    const text = HEADER + JSON.stringify({ ...parent, ...subsegment(decided) });
    socket ??= openSocket();
    socket.then((open) => open.send(text, Number(port), host, () => undefined)).catch(() => undefined);
  };
}

/** Loaded with the first trace, so that a cold start without one does not pay for it. */
async function openSocket(): Promise<Socket> {
  const { createSocket } = await import("node:dgram");
  return createSocket("udp4")
    .on("error", () => undefined)
    .unref();
}

/** Of `Root=1-…;Parent=…;Sampled=1`; undefined where this request is not traced. */
function sampledParent(header = ""): { trace_id: string; parent_id: string } | undefined {
  if (!header.includes("Sampled=1")) return undefined;
  const parts = new Map(header.split(";").map((part) => part.split("=", 2) as [string, string]));
  const [root, parent] = [parts.get("Root"), parts.get("Parent")];
  if (parts.get("Sampled") !== "1" || root === undefined || parent === undefined) return undefined;
  return { trace_id: root, parent_id: parent };
}

function subsegment({ decision, startedAt, endedAt }: CompletedDecision): object {
  const { outcome, reason = decision["code"], tenantId: tenant, group } = decision;
  return {
    type: "subsegment",
    id: randomBytes(8).toString("hex"),
    name: "decision",
    start_time: startedAt / 1_000,
    end_time: endedAt / 1_000,
    ...(outcome === "error" && { fault: true }),
    annotations: { outcome, reason, tenant, group },
  };
}
