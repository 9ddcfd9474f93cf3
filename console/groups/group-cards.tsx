import { colourOf, type ShownGroup } from "./model.ts";

const said = (bytes: number): string => bytes.toLocaleString("en");

/** The authorizers, with what each guards and how long its policies can become. */
export function GroupCards({ groups }: { groups: readonly ShownGroup[] }) {
  return (
    <ul class="cards" aria-label="Authorizer groups">
      {groups.map((group) => (
        <li key={group.name} class="card panel">
          <p>
            <span class={`swatch ${colourOf(group)}`}>{group.number}</span> <strong>{group.name}</strong>{" "}
            {group.routes.length} {group.routes.length === 1 ? "route" : "routes"}
          </p>
          <p class="quiet">
            <meter
              min={0}
              max={group.budget}
              value={group.longest}
              aria-label={`Share of the bytes that ${group.name} can need`}
            />{" "}
            at most {said(group.longest)} of {said(group.budget)} bytes
          </p>
        </li>
      ))}
    </ul>
  );
}
