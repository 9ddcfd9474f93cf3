import { MAX_RESPONSE_BYTES } from "../../core/policy/compile.ts";
import type { Simulation } from "../../core/policy-files/simulate/simulate.ts";
import { EXAMPLE_BASE } from "../../core/policy-files/simulate/simulator.ts";

type DecidedSimulation = Extract<Simulation, { readonly response: unknown }>;

const utf8 = new TextEncoder();

/** Shows the authorizer response for the caller: the policy for the group, with the deciding statement marked. */
export function PolicyPanel({
  simulation: { outcome, group, response, statement },
}: {
  simulation: DecidedSimulation;
}) {
  const bytes = utf8.encode(JSON.stringify(response)).length;
  const { Version, Statement } = response.policyDocument;
  return (
    <div class="policy">
      <h4>The policy for this caller</h4>
      <p>
        Group <strong>{group}</strong>, {bytes.toLocaleString("en")} of{" "}
        {MAX_RESPONSE_BYTES.toLocaleString("en")} bytes{" "}
        <meter min={0} max={MAX_RESPONSE_BYTES} value={bytes} aria-label="Bytes used" />
      </p>
      <pre>
        {`{\n  "Version": "${Version}",\n  "Statement": [\n`}
        {Statement.map((one, index) => {
          const json = indent(JSON.stringify(one, null, 2)).replaceAll(EXAMPLE_BASE, "{base}");
          const text = `${json}${index < Statement.length - 1 ? "," : ""}\n`;
          return index === statement ? (
            <mark key={one.Effect}>
              <span class="hidden">this statement decides: </span>
              {text}
            </mark>
          ) : (
            text
          );
        })}
        {"  ]\n}"}
      </pre>
      <p class="quiet">
        <code>{"{base}"}</code> is the ARN up to the stage, such as <code>{EXAMPLE_BASE}</code>.
      </p>
      {statement === undefined && <p class="quiet">No statement matches the request, so it is denied.</p>}
      <h4>The authorizer context</h4>
      <dl class="context">
        {Object.entries(response.context)
          // The reason of an allowed request's context is for other routes of the group.
          .filter(([key]) => key !== "reason" || outcome === "denied")
          .map(([key, value]) => (
            <div key={key}>
              <dt>{key}</dt>
              <dd>{String(value)}</dd>
            </div>
          ))}
      </dl>
    </div>
  );
}

const indent = (text: string): string => text.replace(/^/gm, "    ");
