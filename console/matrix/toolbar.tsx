import { useMemo } from "preact/hooks";
import type { OpenSet } from "../open-set.ts";
import { ChooseSet } from "../parts/choose-set.tsx";
import { CheckField, TextField } from "../parts/fields.tsx";
import { Picker } from "../parts/picker.tsx";
import type { ViewProps } from "../view.ts";
import type { Side } from "./sides.ts";

interface ToolbarProps extends ViewProps {
  readonly side: Side;
  readonly other: Side | undefined;
}

const ALONE = { toSet: undefined, to: undefined, changed: undefined };

/** What the matrix shows: whose it is, what it is compared with, and which routes. */
export function Toolbar({ console, page, go, side, other }: ToolbarProps) {
  return (
    <div class="toolbar">
      <fieldset class="fields">
        <legend class="hidden">Whose access</legend>
        <ChooseSet
          label="Policies"
          sets={console.sets}
          value={side.set.name}
          onChoose={(set) => go({ set, tenant: kept(console, set, side.tenant) })}
        />
        <TenantPicker label="Tenant" side={side} onPick={(tenant) => go({ tenant })} />
      </fieldset>
      <button type="button" onClick={() => go(other === undefined ? { to: side.tenant } : ALONE)}>
        {other === undefined ? "Compare…" : "Stop comparing"}
      </button>
      {other !== undefined && <Comparison console={console} page={page} go={go} side={side} other={other} />}
      <TextField
        label="Routes or permissions that have"
        placeholder="documents get"
        value={page.params["filter"] ?? ""}
        onInput={(text) => go({ filter: text || undefined }, { replace: true })}
      />
    </div>
  );
}

/** A tenant that the other set has too stays chosen. */
function kept({ sets }: ViewProps["console"], name: string, tenant: string): string | undefined {
  const set = sets.find((one) => one.name === name);
  return set !== undefined && "rules" in set && set.rules.tenants.has(tenant) ? tenant : undefined;
}

function TenantPicker({ label, side, onPick }: { label: string; side: Side; onPick(tenant: string): void }) {
  const choices = useMemo(() => tenantsOf(side.set), [side.set]);
  return <Picker label={label} choices={choices} value={side.tenant} onPick={onPick} />;
}

const tenantsOf = ({ rules }: OpenSet) => [...rules.tenants.values()].map(({ id, name }) => ({ id, name }));

function Comparison({ console, page, go, side, other }: ToolbarProps & { readonly other: Side }) {
  const swap = () => go({ set: other.set.name, tenant: other.tenant, toSet: side.set.name, to: side.tenant });
  return (
    <fieldset class="fields with">
      <legend class="label">compared with</legend>
      <ChooseSet
        label="Its policies"
        sets={console.sets}
        value={other.set.name}
        onChoose={(toSet) => go({ toSet, to: other.tenant })}
      />
      <TenantPicker label="Its tenant" side={other} onPick={(to) => go({ to })} />
      <CheckField
        label="Differences only"
        checked={page.params["changed"] === "only"}
        onChange={(only) => go({ changed: only ? "only" : undefined })}
      />
      <button type="button" onClick={swap}>
        Swap
      </button>
    </fieldset>
  );
}
