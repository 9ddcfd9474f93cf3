import { useMemo, useState } from "preact/hooks";
import { useFeedState } from "../live/use-feed.ts";
import { isBroken } from "../load.ts";
import type { OpenSet } from "../open-set.ts";
import { SetProblems } from "../parts/problems.tsx";
import type { ViewProps } from "../view.ts";
import { CallerFields } from "./caller-fields.tsx";
import { curlCommand } from "./curl.ts";
import { CurlLine } from "./curl-line.tsx";
import { findAllowed, firstTenant, readForm } from "./form.ts";
import { buildRequest } from "./request.ts";
import { RequestFields } from "./request-fields.tsx";
import { type Result, ResultPanel } from "./result.tsx";
import { sendWithToken } from "./send.ts";
import { createTokenCache } from "./token-cache.ts";

/** Sends a request through the running gateway, as any caller. */
export function TryItView(props: ViewProps) {
  const [set] = props.console.sets;
  return (
    <>
      <h2>Try it</h2>
      {set !== undefined && isBroken(set) && <SetProblems set={set} />}
      {set !== undefined && !isBroken(set) && <TryIt set={set} {...props} />}
    </>
  );
}

const NO_ISSUERS: readonly string[] = [];

function TryIt({ set, page, go, feed }: ViewProps & { set: OpenSet }) {
  const { rules } = set;
  const [body, setBody] = useState("{}");
  const [result, setResult] = useState<Result | "sending">();
  const tokens = useMemo(() => createTokenCache(), []);
  const stack = useFeedState(feed)?.stack;
  const tokenCommand = stack?.tokenCommand ?? "npx portcullis token";
  const realIssuers = stack?.realIssuers ?? NO_ISSUERS;
  const first = useMemo(() => firstTenant(set), [set]);
  const chosen = page.params["tenant"] ?? first;
  const allowed = useMemo(() => findAllowed(set, chosen), [set, chosen]);
  const form = readForm(page.params, set, { tenant: first, allowed }, realIssuers);
  const request = buildRequest(form, body, rules.api.tenantSelector);
  const fields = {
    form,
    rules,
    realIssuers,
    change: (changes: Parameters<typeof go>[0]) => go(changes, { replace: true }),
  };

  const send = async (event: Event) => {
    event.preventDefault();
    if (typeof request === "string") return;
    setResult("sending");
    const sent = await sendWithToken(form, request, tokens);
    const requestId = sent.kind === "response" ? sent.requestId : undefined;
    const decision = requestId === undefined ? undefined : await feed?.waitFor(requestId);
    setResult({ request: `${request.method} ${request.path}`, sent, decision });
  };
  return (
    <div class="try-it">
      <form class="panel" onSubmit={(event) => void send(event)}>
        <fieldset>
          <legend>Caller</legend>
          <CallerFields {...fields} set={set} />
        </fieldset>
        <fieldset>
          <legend>Request</legend>
          <RequestFields {...fields} body={body} setBody={setBody} />
        </fieldset>
        {typeof request === "string" && <p class="problem">{request}</p>}
        <button class="primary" type="submit" disabled={typeof request === "string" || result === "sending"}>
          {result === "sending" ? "Sending…" : "Send"}
        </button>
      </form>
      <div class="responses" aria-live="polite">
        {typeof result === "object" && <ResultPanel result={result} />}
        {result === undefined && (
          <p class="nothing">
            Send the request to see the response of the gateway, the authorizer and the backend here.
          </p>
        )}
        {typeof request === "object" && (
          <CurlLine
            command={curlCommand(request, form, {
              origin: location.origin,
              tokenCommand,
              defaultIssuer: [...rules.issuers.keys()].find((name) => !realIssuers.includes(name)),
            })}
          />
        )}
      </div>
    </div>
  );
}
