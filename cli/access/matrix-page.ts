import type { Route } from "../../core/model/route.ts";
import type { MatrixCell } from "../../core/policy-files/access/matrix.ts";

const escapeHtml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

const WORDS: Readonly<Record<MatrixCell["access"], string>> = {
  allowed: "✓ yes",
  bound: "◐ own",
  denied: "–",
};

const STYLE = `:root{color-scheme:light dark;font:15px/1.4 system-ui,sans-serif}body{margin:2rem;max-width:100%}
table{border-collapse:collapse;margin:0 0 2rem}th,td{padding:.25rem .6rem;border-bottom:1px solid color-mix(in srgb,currentColor 20%,transparent);text-align:left}
thead th{position:sticky;top:0;background:Canvas}td,thead th+th{text-align:center}tbody th{font:13px ui-monospace,monospace}
.allowed{font-weight:600}.bound{font-style:italic}.denied{opacity:.45}caption{text-align:left;font-size:1.2rem;font-weight:600;padding:.5rem 0}`;

/** Renders the whole matrix as one self-contained page: no script, no font, no request. */
export function matrixPage(cells: readonly MatrixCell[], routes: readonly Route[]): string {
  const tenants = [...new Set(cells.map(({ tenant }) => tenant))];
  const tables = tenants.map((tenant) =>
    tenantTable(
      tenant,
      cells.filter((cell) => cell.tenant === tenant),
      routes,
    ),
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Access matrix</title><style>${STYLE}</style></head>
<body><h1>Access matrix</h1><p>✓ yes: allowed · ◐ own: only with the caller's own values · – denied. The token also needs the scopes of the route.</p>
${tables.join("\n")}
</body></html>`;
}

function tenantTable(tenant: string, cells: readonly MatrixCell[], routes: readonly Route[]): string {
  const roles = [...new Set(cells.map(({ role }) => role))];
  const head = roles.map((role) => `<th scope="col">${escapeHtml(role)}</th>`).join("");
  const rows = routes.map(({ key, scopes }) => {
    const own = cells.filter((cell) => cell.route === key);
    const tds = own.map(
      ({ access, detail }) =>
        `<td class="${access}"${detail === "" ? "" : ` title="${escapeHtml(detail)}"`}>${WORDS[access]}</td>`,
    );
    const needed = scopes.length === 0 ? "" : ` <small>${escapeHtml(scopes.join(" "))}</small>`;
    return `<tr><th scope="row">${escapeHtml(key)}${needed}</th>${tds.join("")}</tr>`;
  });
  return `<table><caption>${escapeHtml(tenant)}</caption><thead><tr><th scope="col">route</th>${head}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}
