import type { Crossing } from "../../core/exact/crossings.ts";
import type { RouteKey } from "../../core/model/ids.ts";
import { colourOf, type Groups } from "./model.ts";

/** Lists are for reading: what is beyond this many is counted. */
const MOST = 50;

/** Which route would be matched by which: why they are not in one group. */
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
          {crossings.slice(0, MOST).map(({ pattern, request }) => (
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
      {crossings.length > MOST && (
        <p class="quiet">and {crossings.length - MOST} more: name a path above to see its own</p>
      )}
    </>
  );
}

export function GroupedRoute({ route, groups }: { route: RouteKey; groups: Groups }) {
  const group = groups.of.get(route);
  return (
    <span class="grouped">
      {group !== undefined && (
        <span class={`swatch ${colourOf(group)}`}>
          <span class="hidden">group </span>
          {group.number}
        </span>
      )}{" "}
      <code>{route}</code>
    </span>
  );
}
