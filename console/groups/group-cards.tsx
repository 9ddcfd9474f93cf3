import { plural } from "../../core/model/plural.ts";
import { colourClass, type ShownGroup } from "./model.ts";

const formatNumber = (value: number): string => value.toLocaleString("en");

/** Shows each authorizer group with its number of routes and the size of its longest policy. */
export function GroupCards({ groups }: { groups: readonly ShownGroup[] }) {
  return (
    <ul class="cards" aria-label="Authorizer groups">
      {groups.map((group) => (
        <li key={group.name} class="card panel">
          <p>
            <span class={`swatch ${colourClass(group)}`}>{group.number}</span> <strong>{group.name}</strong>{" "}
            {plural(group.routes.length, "route")}
          </p>
          <p class="quiet">
            <meter
              min={0}
              max={group.budget}
              value={group.longest}
              aria-label={`Bytes that ${group.name} can need`}
            />{" "}
            at most {formatNumber(group.longest)} of {formatNumber(group.budget)} bytes
          </p>
        </li>
      ))}
    </ul>
  );
}
