import type { Schema } from "./parse-bindings.ts";
import type { Body, TerraformFile, Use } from "./terraform-use.ts";

/** The committed extract of a provider's schema. */
export interface Extract {
  readonly provider: string;
  readonly package: string;
  readonly resource: Readonly<Record<string, Schema>>;
  readonly data: Readonly<Record<string, Schema>>;
}

/** Arguments and blocks of Terraform itself. */
const META = ["count", "for_each", "depends_on", "lifecycle", "provider", "provisioner", "connection"];

/**
 * Attributes that provider 6 still has and warns about. The bindings do not contain deprecations, so this list comes
 * from the provider's upgrade guide.
 */
const DEPRECATED: readonly string[] = ["data.aws_region.id", "data.aws_region.name"];

/** Returns what of the files does not fit the schema: names it lacks, required ones that are missing, old attributes. */
export const findProblems = (files: readonly TerraformFile[], extract: Extract): string[] =>
  files.flatMap(({ file, uses, reads }) => [
    ...uses.flatMap((use) => problemsOf(use, extract)),
    ...reads.flatMap(({ kind, type, attribute }) => {
      const name = `${kind === "data" ? "data." : ""}${type}.${attribute}`;
      if (DEPRECATED.includes(name)) return [`${file}: ${name} is deprecated`];
      const schema = extract[kind][type];
      return schema !== undefined && !Object.hasOwn(schema, attribute)
        ? [`${file}: there is no ${name}`]
        : [];
    }),
  ]);

function problemsOf({ file, kind, type, body }: Use, extract: Extract): string[] {
  const schema = extract[kind][type];
  const name = `${kind === "data" ? "data." : ""}${type}`;
  if (schema === undefined) return [`${file}: ${name} is not in the extract`];
  return compare(body, schema, name).map((problem) => `${file}: ${problem}`);
}

function compare(body: Body, schema: Schema, name: string): string[] {
  const { dynamic = {}, ...written } = body as Body & { dynamic?: Readonly<Record<string, readonly Body[]>> };
  const blocks = Object.entries(dynamic).flatMap(([block, bodies]) =>
    bodies.flatMap(({ content }) => (content as readonly Body[]).map((inner) => [block, [inner]] as const)),
  );
  const members = [...Object.entries(written), ...blocks].filter(([member]) => !META.includes(member));
  const names = new Set(members.map(([member]) => member));
  const missing = Object.entries(schema).flatMap(([member, setting]) =>
    setting === "required" && !names.has(member) ? [`${name} needs ${member}`] : [],
  );
  return [...missing, ...members.flatMap(([member, value]) => compareMember(member, value, schema, name))];
}

function compareMember(member: string, value: unknown, schema: Schema, name: string): string[] {
  const setting = Object.hasOwn(schema, member) ? schema[member] : undefined;
  if (setting === undefined) return [`${name} has no ${member}`];
  if (setting === "computed") return [`${name}.${member} cannot be set`];
  if (typeof setting === "string") return [];
  const bodies = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  return bodies.flatMap((body) =>
    typeof body === "object" && body !== null ? compare(body as Body, setting, `${name}.${member}`) : [],
  );
}

/** Returns where a file's versions differ from those that every file must have. */
export const findVersionProblems = (
  files: readonly TerraformFile[],
  expected: { readonly terraform: string; readonly aws: string },
): string[] =>
  files.flatMap(({ file, versions }) =>
    (["terraform", "aws"] as const).flatMap((what) =>
      versions[what].flatMap((version) =>
        version === expected[what] ? [] : [`${file}: ${what} must be "${expected[what]}", not "${version}"`],
      ),
    ),
  );
