import { marshallItem } from "../../core/model/dynamodb-json.ts";
import {
  CATALOGUE_KEY,
  DIRECTORY_PREFIX,
  ISSUER_PREFIX,
  type Item,
  ROUTES_KEY,
  TENANT_SORT_KEY,
} from "../../core/model/items.ts";
import { itemKey, sortByKey } from "../../core/policy-files/compile/permission-items.ts";
import { keeperItem } from "../publish/keeper.ts";

/** Terraform's state, as `terraform state pull` prints it. */
export interface TerraformState {
  readonly version: number;
  readonly serial: number;
  readonly resources: readonly StateResource[];
}

export interface StateResource {
  readonly module?: string;
  readonly mode: string;
  readonly type: string;
  readonly name: string;
  readonly provider: string;
  readonly instances: readonly StateInstance[];
}

interface StateInstance {
  readonly index_key?: string | number;
  readonly schema_version: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly dependencies?: readonly string[];
  readonly create_before_destroy?: boolean;
}

/** Returns whether an item is in the resource of roles, plans, issuers and routes. */
const isCatalogue = ({ pk }: Item): boolean =>
  pk === CATALOGUE_KEY ||
  pk === ROUTES_KEY ||
  [ISSUER_PREFIX, DIRECTORY_PREFIX].some((prefix) => String(pk).startsWith(prefix));

type Name = readonly [type: string, name: string];

const ITEM = "aws_dynamodb_table_item";
const DATA = "terraform_data";

/** The resources of modules/permissions that exist because Terraform keeps the items. */
const KEPT: readonly Name[] = [
  [ITEM, "catalogue"],
  [ITEM, "tenant"],
  [ITEM, "keeper"],
  [DATA, "generation"],
  [DATA, "keeper"],
];

/** Finds the table of a name in a state. Returns undefined if the state does not have it. */
export const findTable = ({ resources }: TerraformState, table: string): StateResource | undefined =>
  resources.find(
    ({ mode, type, instances }) =>
      mode === "managed" &&
      type === "aws_dynamodb_table" &&
      instances.some(({ attributes }) => attributes["name"] === table),
  );

const isKept = ({ mode, type, name }: StateResource): boolean =>
  mode === "managed" && KEPT.some((kept) => kept[0] === type && kept[1] === name);

const address = ({ module }: StateResource, [type, name]: Name): string =>
  [...(module === undefined ? [] : [module]), type, name].join(".");

/** Returns the state in which `publish` keeps a table's items, so that Terraform has none of them. */
export const withoutItems = (state: TerraformState, table: StateResource): TerraformState => ({
  ...state,
  serial: state.serial + 1,
  resources: [...otherResources(state, table), resource(table, [DATA, "keeper"], [dataInstance("publish")])],
});

/**
 * Returns the state in which Terraform keeps a table's items as they are. Terraform cannot import items of a table, and
 * does not create one that exists, so they are added to the state itself.
 *
 * @param items the table's file-owned items; the catalogue and tenants with their generations
 */
export function withItems(
  state: TerraformState,
  table: StateResource,
  items: readonly Item[],
): TerraformState {
  const addresses = (...names: readonly Name[]): string[] => names.map((name) => address(table, name));
  const record = addresses(["aws_dynamodb_table", "this"], [DATA, "keeper"]);
  const catalogue = [...record, ...addresses([ITEM, "keeper"])];
  const tenant = [...catalogue, ...addresses([ITEM, "catalogue"], [DATA, "generation"])];
  const keyed = (item: Item, dependencies: readonly string[]): StateInstance => ({
    index_key: itemKey(item),
    ...itemInstance(item, table, dependencies),
  });
  const generation = (item: Item): StateInstance => ({
    index_key: itemKey(item),
    ...dataInstance(null, String(item["generation"])),
  });
  const sorted = sortByKey(items);
  const tenants = sorted.filter(({ sk }) => sk === TENANT_SORT_KEY);
  const kept: readonly (readonly [Name, readonly StateInstance[]])[] = [
    [[DATA, "keeper"], [dataInstance("terraform")]],
    [[ITEM, "keeper"], [{ index_key: 0, ...itemInstance(keeperItem("terraform"), table, record) }]],
    [[ITEM, "catalogue"], sorted.filter(isCatalogue).map((item) => keyed(item, catalogue))],
    [[DATA, "generation"], tenants.map(generation)],
    [[ITEM, "tenant"], tenants.map((item) => ({ ...keyed(item, tenant), create_before_destroy: false }))],
  ];
  return {
    ...state,
    serial: state.serial + 1,
    resources: [
      ...otherResources(state, table),
      ...kept
        .filter(([, instances]) => instances.length > 0)
        .map(([name, instances]) => resource(table, name, instances)),
    ],
  };
}

const otherResources = ({ resources }: TerraformState, { module }: StateResource): StateResource[] =>
  resources.filter((other) => other.module !== module || !isKept(other));

function resource(
  { module, provider }: StateResource,
  [type, name]: Name,
  instances: readonly StateInstance[],
): StateResource {
  return {
    ...(module !== undefined && { module }),
    mode: "managed",
    type,
    name,
    provider: type === ITEM ? provider : BUILT_IN,
    instances,
  };
}

const BUILT_IN = 'provider["terraform.io/builtin/terraform"]';

function itemInstance(item: Item, table: StateResource, dependencies: readonly string[]): StateInstance {
  const { name, region } = table.instances[0]?.attributes ?? {};
  return {
    schema_version: 0,
    attributes: {
      // Since version 6 of the provider each resource has a region.
      ...(region !== undefined && { region }),
      table_name: name,
      hash_key: "pk",
      range_key: "sk",
      id: [name, "pk", item["pk"], item["sk"]].join("|"),
      item: JSON.stringify(marshallItem(item)),
    },
    dependencies,
    create_before_destroy: true,
  };
}

/** Terraform stores a value of any type together with its type. */
const dataInstance = (value: string | null, id: string = value ?? ""): StateInstance => {
  const typed = value === null ? null : { value, type: "string" };
  return {
    schema_version: 0,
    attributes: { id, input: typed, output: typed, triggers_replace: null },
    create_before_destroy: true,
  };
};
