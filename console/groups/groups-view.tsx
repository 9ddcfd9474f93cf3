import type { ViewProps } from "../views.ts";

export function GroupsView({ console }: ViewProps) {
  return <h2>Groups of {console.sets[0]?.name}</h2>;
}
