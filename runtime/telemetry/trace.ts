import { randomBytes } from "node:crypto";
import type { Socket } from "node:dgram";
import type { Environment } from "../environment.ts";
import type { CompletedDecision, TelemetrySink } from "./telemetry.ts";

const HEADER = '{"format":"json","version":1}\n';

/**
 * Creates a sink that sends a subsegment for each decision of a sampled request to X-Ray's daemon, which Lambda
 * runs next to the function. Outcome, reason, tenant and group are annotations, so traces can be searched by them.
 * A subsegment that cannot be sent is lost, without an effect on the decision.
 *
 * @param env is read again for each decision, because Lambda sets `_X_AMZN_TRACE_ID` for each invocation
 * @see https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html
 */
export function traces(env: Environment): TelemetrySink {
  let socket: Promise<Socket> | undefined;
  return (decided) => {
    const parent = sampledParent(env["_X_AMZN_TRACE_ID"]);
    if (parent === undefined) return;
    const [, host, port] = /^([^\s:]+):(\d{1,5})$/.exec(env["AWS_XRAY_DAEMON_ADDRESS"] ?? "") ?? [];
    if (port === undefined) return;
    const datagram = HEADER + JSON.stringify({ ...parent, ...subsegment(decided) });
    socket ??= openSocket();
    socket.then((open) => open.send(datagram, Number(port), host, () => undefined)).catch(() => undefined);
  };
}

/** Loads `node:dgram` with the first trace, so that a cold start without a trace does not pay for it. */
async function openSocket(): Promise<Socket> {
  const { createSocket } = await import("node:dgram");
  return createSocket("udp4")
    .on("error", () => undefined)
    .unref();
}

/** Reads `Root=1-…;Parent=…;Sampled=1`; returns undefined when this request is not traced. */
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
