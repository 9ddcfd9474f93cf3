import { useEffect, useState } from "preact/hooks";
import type { AccessChange, AccessDiff } from "../../core/policy-files/access/diff.ts";
import { explicitRoutes } from "../../core/policy-files/model/operation.ts";
import type { OpenSet } from "../open-set.ts";
import { ChangeMark } from "./mark.tsx";

/** Lists the access that differs between two policy sets, for all tenants. Computed only when it is opened. */
export function AllChanges({ from, to }: { from: OpenSet; to: OpenSet }) {
  const [open, setOpen] = useState(false);
  return (
    <details class="panel all-changes" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        Access changes for all tenants, from {from.name} to {to.name}
      </summary>
      {open && <Changes from={from} to={to} />}
    </details>
  );
}

function Changes({ from, to }: { from: OpenSet; to: OpenSet }) {
  const [diff, setDiff] = useState<AccessDiff | "failed">();
  useEffect(() => {
    let isShown = true;
    const show = (next: AccessDiff | "failed"): void => {
      if (isShown) setDiff(next);
    };
    // Loaded on demand, so that the first page loads less.
    import("../../core/policy-files/access/diff.ts").then(
      ({ diffAccess }) => show(diffAccess(from.items, to.items, explicitRoutes(to.rules.api))),
      () => show("failed"),
    );
    return () => {
      isShown = false;
    };
  }, [from, to]);
  if (diff === undefined) return <p class="quiet">Comparing…</p>;
  return diff === "failed" ? (
    <p>The comparison could not be loaded: reload the page.</p>
  ) : (
    <AccessChanges diff={diff} />
  );
}

/** Changes shown; the rest are only counted. */
const MAX_CHANGES = 200;

/** Lists gained and lost access, each change once with its tenants. */
export function AccessChanges({ diff }: { diff: AccessDiff }) {
  const { changes, tenantsAdded, tenantsRemoved, suspended, reinstated } = diff;
  const tenants = [
    ["New tenants", tenantsAdded],
    ["Removed tenants", tenantsRemoved],
    ["Suspended", suspended],
    ["Active again", reinstated],
  ] as const;
  if (changes.length === 0 && tenants.every(([, ids]) => ids.length === 0)) return <p>No access changes.</p>;
  return (
    <div class="changes">
      {tenants.map(([title, ids]) => ids.length > 0 && <p key={title}>{`${title}: ${shorten(ids)}`}</p>)}
      <ul>
        {changes.slice(0, MAX_CHANGES).map((change) => (
          <li key={`${change.kind} ${change.role} ${change.route} ${change.detail}`}>
            <ChangeMark change={change.kind} /> <ChangeText change={change} />
          </li>
        ))}
      </ul>
      {changes.length > MAX_CHANGES && <p>and {changes.length - MAX_CHANGES} more</p>}
    </div>
  );
}

function ChangeText({ change: { kind, role, route, detail, tenants, explicit } }: { change: AccessChange }) {
  return (
    <span>
      <strong>{role}</strong> {kind === "gain" ? "gains" : "loses"} <code>{route}</code> {detail}{" "}
      {explicit && kind === "gain" && <em>explicit: wildcards do not match it</em>}{" "}
      {tenants.length > 0 && <span class="quiet">in {shorten(tenants)}</span>}
    </span>
  );
}

const shorten = (names: readonly string[]): string =>
  names.length <= 5 ? names.join(", ") : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;
