import { useLayoutEffect, useRef } from "preact/hooks";
import type { LiveDecision } from "../../core/policy-files/live-events.ts";
import { authorizerText } from "../live/decision-row.tsx";
import { OutcomeMark } from "../live/outcome-mark.tsx";
import { Roles, WhyLink } from "../live/why-link.tsx";
import { Notice } from "../parts/notice.tsx";
import { CallerTable } from "./caller-table.tsx";
import { parse, type Tried } from "./send.ts";

/** A request that was tried, with what the stack tells of it. */
export interface Result {
  /** `GET /documents/42` */
  readonly request: string;
  readonly tried: Tried;
  /** Undefined where it was not told. */
  readonly decision: LiveDecision | undefined;
}

export function ResultPanel({ result: { request, tried, decision } }: { result: Result }) {
  if (tried.kind === "no-stack")
    return (
      <Notice title="The stack does not answer">
        <p>
          Nothing listens on {location.origin}. Is <code>npx portcullis start</code> still running?
        </p>
      </Notice>
    );
  if (tried.kind === "no-token")
    return (
      <Notice title="The identity provider made no token">
        <p>{tried.why}.</p>
      </Notice>
    );
  return <Answered request={request} tried={tried} decision={decision} />;
}

type Answer = Extract<Tried, { kind: "answered" }>;

function Answered({ request, tried: { status, body }, decision }: Omit<Result, "tried"> & { tried: Answer }) {
  const answer = parse(body);
  const error = errorIn(answer);
  const shown = useRef<HTMLElement>(null);
  // On a narrow screen the answer stands below the form.
  useLayoutEffect(() => shown.current?.scrollIntoView({ block: "nearest" }), []);
  return (
    <article ref={shown} class="panel result" aria-label="Answer">
      <h3>
        <span class="status">{status}</span>
        {decision !== undefined && <OutcomeMark outcome={decision.outcome} />}
        <code>{request}</code>
      </h3>
      <dl>
        <Fact name="Reason" value={decision?.reason ?? error?.reason ?? decision?.note} />
        <Fact name="Message" value={error?.message} />
        <Fact name="Authorizer" value={decision ? authorizerText(decision) : "the stack did not tell"} />
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
      {answer !== undefined && "caller" in answer && <CallerTable caller={answer["caller"]} />}
      <details>
        <summary>Answer as it came</summary>
        <pre class="shown-text">
          {answer === undefined ? body || "(empty)" : JSON.stringify(answer, null, 2)}
        </pre>
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

/** What a refusal's body says: that of a REST API, or of an HTTP API. */
function errorIn(answer: ReturnType<typeof parse>): { message?: string; reason?: string } | undefined {
  const error = (answer?.["error"] ?? answer) as Record<string, unknown> | undefined;
  const text = (name: string) => (typeof error?.[name] === "string" ? { [name]: error[name] } : {});
  return error === undefined ? undefined : { ...text("message"), ...text("reason") };
}
