import { useMemo, useState } from "preact/hooks";
import type { Route } from "../../core/model/route.ts";
import { explainSplits } from "../../core/policy-files/compile/proof-report.ts";
import { isBroken } from "../load.ts";
import type { OpenSet } from "../open-set.ts";
import { ChooseSet } from "../parts/choose-set.tsx";
import { TextField } from "../parts/fields.tsx";
import { Notice } from "../parts/notice.tsx";
import { BrokenView } from "../parts/problems.tsx";
import type { ViewProps } from "../view.ts";
import { CrossingTable, GroupedRoute } from "./crossing-table.tsx";
import { GroupCards } from "./group-cards.tsx";
import { buildGroups, type Groups, matchesFilter } from "./model.ts";
import { pathTree } from "./path-tree.ts";
import { TreePicture } from "./tree-picture.tsx";

/** Shows how the routes are divided among authorizers, and which overlaps forced the division. */
export function GroupsView(props: ViewProps) {
  const name = props.page.params["set"] ?? props.console.sets[0]?.name;
  const set = props.console.sets.find((one) => one.name === name);
  if (set === undefined)
    return (
      <Notice title={`The policy set "${name ?? ""}" does not exist`}>
        <p>
          <a href="#groups">Show the default set</a>
        </p>
      </Notice>
    );
  if (isBroken(set))
    return (
      <BrokenView set={set} sets={props.console.sets} onChoose={(chosen) => props.go({ set: chosen })} />
    );
  return <SetGroups {...props} set={set} />;
}

function SetGroups({ console, page, go, set }: ViewProps & { readonly set: OpenSet }) {
  const filter = page.params["filter"] ?? "";
  const groups = useMemo(() => buildGroups(set), [set]);
  const routes = set.rules.api.operations
    .map(({ route }) => route)
    .filter((route) => matchesFilter(route, filter));
  const crossings = groups.crossings.filter(
    ({ pattern, request }) => matchesFilter(pattern, filter) || matchesFilter(request, filter),
  );
  const lines = useMemo(() => pathTree(routes), [set, filter]);
  return (
    <>
      <div class="title">
        <h2>Groups of {set.name}</h2>
        <p class="quiet">{summary(set)}</p>
      </div>
      <div class="toolbar">
        <ChooseSet
          label="Policies"
          sets={console.sets}
          value={set.name}
          onChoose={(chosen) => go({ set: chosen })}
        />
        <TextField
          label="Filter routes"
          placeholder="get documents"
          value={filter}
          onInput={(text) => go({ filter: text || undefined }, { replace: true })}
        />
      </div>
      {set.why !== undefined && <p class="why-not panel">The mode is not token: {set.why}.</p>}
      <GroupCards groups={groups.groups} />
      <div class="groups-layout">
        {routes.length === 0 ? (
          <p>No route matches the filter.</p>
        ) : (
          <TreePicture lines={lines} groups={groups} crossings={crossings} />
        )}
        <Splits set={set} groups={groups} crossings={crossings} />
      </div>
      <RouteTable routes={routes} groups={groups} />
    </>
  );
}

function summary({ layout }: OpenSet): string {
  const count = layout.groups.length;
  return `Caching mode ${layout.mode}: ${count === 1 ? "one authorizer guards all routes" : `${count} authorizers, each guarding a group of routes`}`;
}

function Splits({
  set,
  groups,
  crossings,
}: {
  set: OpenSet;
  groups: Groups;
  crossings: Groups["crossings"];
}) {
  const splits = useMemo(
    () =>
      explainSplits(
        groups.groups.map((group) => ({ ...group, anyMethodPaths: [] })),
        set.options,
      ),
    [set, groups],
  );
  if (groups.groups.length < 2) return null;
  const byLength = splits.filter(({ because }) => because.startsWith("together"));
  return (
    <section class="splits">
      <h3>Why the routes are divided</h3>
      {crossings.length > 0 && <CrossingTable crossings={crossings} groups={groups} />}
      {byLength.map(({ groups: [a, b], because }) => (
        <p key={`${a} ${b}`}>
          {a} and {b}: {because}.
        </p>
      ))}
    </section>
  );
}

function RouteTable({ routes, groups }: { routes: readonly Route[]; groups: Groups }) {
  const [open, setOpen] = useState(false);
  return (
    <details class="panel as-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>The routes as a table</summary>
      {open && (
        <table class="list">
          <thead>
            <tr>
              <th scope="col">Route</th>
              <th scope="col">Authorizer group</th>
            </tr>
          </thead>
          <tbody>
            {routes.map(({ key }) => (
              <tr key={key}>
                <td>
                  <GroupedRoute route={key} groups={groups} />
                </td>
                <td>{groups.byRoute.get(key)?.name ?? "none"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </details>
  );
}
