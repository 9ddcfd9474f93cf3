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

const NO_COMPARISON = { toSet: undefined, to: undefined, changed: undefined };

/** Selects the tenant that the matrix shows, the tenant to compare with, and the routes. */
export function Toolbar({ console, page, go, side, other }: ToolbarProps) {
  return (
    <div class="toolbar">
      <fieldset class="fields">
        <legend class="hidden">Shown tenant</legend>
        <ChooseSet
          label="Policies"
          sets={console.sets}
          value={side.set.name}
          onChoose={(set) => go({ set, tenant: tenantInSet(console, set, side.tenant) })}
        />
        <TenantPicker label="Tenant" side={side} onPick={(tenant) => go({ tenant })} />
      </fieldset>
      <button
        type="button"
        onClick={() => go(other === undefined ? { to: anotherTenant(side) } : NO_COMPARISON)}
      >
        {other === undefined ? "Compare…" : "Stop comparing"}
      </button>
      {other !== undefined && <Comparison console={console} page={page} go={go} side={side} other={other} />}
      <TextField
        label="Filter routes"
        placeholder="documents get"
        value={page.params["filter"] ?? ""}
        onInput={(text) => go({ filter: text || undefined }, { replace: true })}
      />
    </div>
  );
}

/** Returns the tenant to compare with first: the next one in the list, or the same if it is the only one. */
function anotherTenant({ set, tenant }: Side): string {
  const all = set.tenantIds;
  return all[(all.indexOf(tenant) + 1) % all.length] ?? tenant;
}

/** Returns the tenant if the named set has it too, so that it stays selected. */
function tenantInSet({ sets }: ViewProps["console"], name: string, tenant: string): string | undefined {
  const set = sets.find((one) => one.name === name);
  return set !== undefined && "rules" in set && set.tenantIds.includes(tenant) ? tenant : undefined;
}

function TenantPicker({ label, side, onPick }: { label: string; side: Side; onPick(tenant: string): void }) {
  const choices = useMemo(() => tenantChoices(side.set), [side.set]);
  return <Picker label={label} choices={choices} value={side.tenant} onPick={onPick} />;
}

const tenantChoices = ({ rules, tenantIds }: OpenSet) =>
  tenantIds.map((id) => {
    const definition = rules.tenants.get(id);
    return { id, name: definition === undefined ? "created at run time" : definition.name };
  });

function Comparison({ console, page, go, side, other }: ToolbarProps & { readonly other: Side }) {
  const swap = () => go({ set: other.set.name, tenant: other.tenant, toSet: side.set.name, to: side.tenant });
  return (
    <fieldset class="fields with">
      <legend class="label">compared with</legend>
      <ChooseSet
        label="Other policies"
        sets={console.sets}
        value={other.set.name}
        onChoose={(toSet) => go({ toSet, to: other.tenant })}
      />
      <TenantPicker label="Other tenant" side={other} onPick={(to) => go({ to })} />
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
