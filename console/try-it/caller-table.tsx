/** Shows the caller that the backend received, as the sample backend returns it. */
export function CallerTable({ caller }: { caller: unknown }) {
  if (typeof caller !== "object" || caller === null)
    return <p class="quiet">The backend received no caller, because the route is public.</p>;
  const members = Object.entries(caller).filter(([, value]) => formatValue(value) !== "");
  return (
    <table class="backend-caller">
      <caption>The caller that the backend received</caption>
      <tbody>
        {members.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{formatValue(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function formatValue(value: unknown): string {
  if (Array.isArray(value)) return value.join(", ");
  if (typeof value !== "object" || value === null) return String(value ?? "");
  const members = Object.entries(value).map(([name, inner]) => `${name} ${String(inner)}`);
  return members.join(", ");
}
