import { useLayoutEffect, useRef } from "preact/hooks";
import type { LiveDecision } from "../../core/policy-files/live-events.ts";
import { authorizerText } from "../live/decision-row.tsx";
import { OutcomeMark } from "../live/outcome-mark.tsx";
import { Roles, WhyLink } from "../live/why-link.tsx";
import { Notice } from "../parts/notice.tsx";
import { CallerTable } from "./caller-table.tsx";
import { parseObject, type SendResult } from "./send.ts";

/** A request that was sent, and the stack's decision on it. */
export interface Result {
  /** Such as `GET /documents/42`. */
  readonly request: string;
  readonly sent: SendResult;
  /** Undefined if the stack did not report it. */
  readonly decision: LiveDecision | undefined;
}

export function ResultPanel({ result: { request, sent, decision } }: { result: Result }) {
  if (sent.kind === "no-stack")
    return (
      <Notice title="The stack does not respond">
        <p>
          Nothing listens on {location.origin}. Check that <code>npx portcullis start</code> is running.
        </p>
      </Notice>
    );
  if (sent.kind === "no-token")
    return (
      <Notice title="The identity provider issued no token">
        <p>{sent.why}.</p>
      </Notice>
    );
  return <ResponsePanel request={request} response={sent} decision={decision} />;
}

interface ResponsePanelProps extends Omit<Result, "sent"> {
  readonly response: Extract<SendResult, { kind: "response" }>;
}

function ResponsePanel({ request, response: { status, body }, decision }: ResponsePanelProps) {
  const json = parseObject(body);
  const error = readError(json);
  const panel = useRef<HTMLElement>(null);
  // On a narrow screen the response is below the form.
  useLayoutEffect(() => panel.current?.scrollIntoView({ block: "nearest" }), []);
  return (
    <article ref={panel} class="panel result" aria-label="Response">
      <h3>
        <span class="status">{status}</span>
        {decision !== undefined && <OutcomeMark outcome={decision.outcome} />}
        <code>{request}</code>
      </h3>
      <dl>
        <Fact name="Reason" value={decision?.reason ?? error?.reason ?? decision?.note} />
        <Fact name="Message" value={error?.message} />
        <Fact name="Authorizer" value={decision ? authorizerText(decision) : "not reported"} />
        <Fact name="Cache" value={decision?.cache ?? undefined} />
        <Fact name="Group" value={decision?.group} />
        <Fact name="Policy version" value={decision?.policyVersion} />
        <Fact name="Request id" value={decision?.requestId} />
      </dl>
      {decision !== undefined && (
        <p class="actions">
          <WhyLink decision={decision} />
          {(decision.roles?.length ?? 0) > 1 && <Roles decision={decision} />}
        </p>
      )}
      {json !== undefined && "caller" in json && <CallerTable caller={json["caller"]} />}
      <details>
        <summary>Response body</summary>
        <pre class="shown-text">{json === undefined ? body || "(empty)" : JSON.stringify(json, null, 2)}</pre>
      </details>
    </article>
  );
}

function Fact({ name, value }: { name: string; value: string | null | undefined }) {
  if (value === undefined || value === null || value === "") return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** Reads an error body. That of a REST API has the fields in `error`, that of an HTTP API has them at its root. */
function readError(json: ReturnType<typeof parseObject>): { message?: string; reason?: string } | undefined {
  const error = (json?.["error"] ?? json) as Record<string, unknown> | undefined;
  const text = (name: string) => (typeof error?.[name] === "string" ? { [name]: error[name] } : {});
  return error === undefined ? undefined : { ...text("message"), ...text("reason") };
}
