import type { Crossing } from "../../core/exact/crossings.ts";
import type { RouteKey } from "../../core/model/ids.ts";
import { colourClass, type Groups } from "./model.ts";

/** Rows shown; the rest are only counted. */
const MAX_ROWS = 50;

/** Lists the routes that another route's pattern would match: these two cannot share a group. */
export function CrossingTable({ crossings, groups }: { crossings: readonly Crossing[]; groups: Groups }) {
  return (
    <>
      <table class="list">
        <thead>
          <tr>
            <th scope="col">Route</th>
            <th scope="col">would be matched by the pattern of</th>
          </tr>
        </thead>
        <tbody>
          {crossings.slice(0, MAX_ROWS).map(({ pattern, request }) => (
            <tr key={`${pattern.key} ${request.key}`}>
              <td>
                <GroupedRoute route={request.key} groups={groups} />
              </td>
              <td>
                <GroupedRoute route={pattern.key} groups={groups} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {crossings.length > MAX_ROWS && (
        <p class="quiet">and {crossings.length - MAX_ROWS} more: type a path above to see its overlaps</p>
      )}
    </>
  );
}

export function GroupedRoute({ route, groups }: { route: RouteKey; groups: Groups }) {
  const group = groups.byRoute.get(route);
  return (
    <span class="grouped">
      {group !== undefined && (
        <span class={`swatch ${colourClass(group)}`}>
          <span class="hidden">group </span>
          {group.number}
        </span>
      )}{" "}
      <code>{route}</code>
    </span>
  );
}
