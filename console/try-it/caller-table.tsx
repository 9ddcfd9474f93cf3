/** The caller that the backend was told of, as the sample backend says it back. */
export function CallerTable({ caller }: { caller: unknown }) {
  if (typeof caller !== "object" || caller === null)
    return <p class="quiet">The backend was told of no caller: the route is public.</p>;
  const members = Object.entries(caller).filter(([, value]) => textOf(value) !== "");
  return (
    <table class="backend-saw">
      <caption>The caller, as the backend saw it</caption>
      <tbody>
        {members.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{textOf(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.join(", ");
  if (typeof value !== "object" || value === null) return String(value ?? "");
  const members = Object.entries(value).map(([name, inner]) => `${name} ${String(inner)}`);
  return members.join(", ");
}
