import type { ComponentChildren } from "preact";
import type { LiveDecision } from "../../core/policy-files/live-events.ts";
import { OutcomeMark } from "./outcome-mark.tsx";
import { Roles, WhyLink } from "./why-link.tsx";

/** The headings of the columns. */
export const COLUMNS = ["Time", "Outcome", "Request", "Caller", "Reason", "Authorizer", "Why"] as const;

interface RowProps {
  readonly decision: LiveDecision;
  /** The row's number, from 1, where the heading is row 1. */
  readonly index: number;
}

export function DecisionRow({ decision, index }: RowProps) {
  const { time, status, outcome, method, path, route, reason, note, requestId } = decision;
  return (
    <tr aria-rowindex={index}>
      <Cell name="time" first={preciseTime(time)} second={requestId} />
      <Cell name="outcome" first={<OutcomeMark outcome={outcome} />} second={`status ${status}`} />
      <Cell name="request" first={`${method} ${path}`} second={route ?? "no route"} code />
      <Cell name="caller" first={callerText(decision)} second={<Roles decision={decision} />} />
      <Cell
        name="reason"
        first={reason ?? (note === null ? "" : note)}
        second={reason === null ? "" : note}
      />
      <Cell name="authorizer" first={authorizerText(decision)} second={groupText(decision)} />
      <td class="cell-why">
        <WhyLink decision={decision} />
      </td>
    </tr>
  );
}

interface CellProps {
  readonly name: string;
  readonly first: ComponentChildren;
  readonly second: ComponentChildren;
  readonly code?: boolean;
}

/** Shows two lines. The style cuts off a long line; the title holds it in full. */
function Cell({ name, first, second, code = false }: CellProps) {
  const title = [first, second].filter((text) => typeof text === "string" && text !== "").join("\n");
  return (
    <td class={`cell-${name}${code ? " cell-code" : ""}`} title={title === "" ? undefined : title}>
      <span>{first}</span>
      <span class="quiet">{second}</span>
    </td>
  );
}

const callerText = ({ tenant, subject, client, delegate }: LiveDecision): string =>
  tenant === null && subject === null
    ? "unknown caller"
    : [
        ...[tenant ?? "no tenant", subject ?? "no subject"],
        ...(client === null || client === "" ? [] : [`by ${client}`]),
        ...(delegate === null ? [] : [`through ${delegate}`]),
      ].join(" · ");

const CACHE = { hit: "from the cache", miss: "called", off: "called", "not-called": "not called" } as const;

/** Returns how the authorizer took part, such as `called, 12 ms`. */
export function authorizerText({
  cache,
  authorizerMs,
}: Pick<LiveDecision, "cache" | "authorizerMs">): string {
  if (cache === null) return "none";
  return authorizerMs === null ? CACHE[cache] : `${CACHE[cache]}, ${authorizerMs} ms`;
}

const groupText = ({ group, policyVersion }: LiveDecision): string =>
  [group === null ? "" : `group ${group}`, policyVersion ?? ""].filter((text) => text !== "").join(" · ");

/** Formats a time as `14:03:07.123`, in the reader's time zone. */
function preciseTime(iso: string): string {
  const date = new Date(iso);
  return `${date.toLocaleTimeString("en-GB")}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}
