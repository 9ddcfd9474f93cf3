/** How an argument or attribute is set: by the configuration, by the provider, or by either. */
export type Setting = "required" | "optional" | "computed" | "optional computed";

/** The arguments, attributes and blocks of a resource, a data source or a block, by name. */
export interface Schema {
  readonly [name: string]: Setting | Schema;
}

const FLAGS = /^ *\/\/ (\w+) - computed: (true|false), optional: (true|false), required: (true|false)$/gm;
const BLOCK = /^ *(\w+): \{\s+value: [^\n]*?\b(\w+)ToHclTerraform\b[^\n]*\n\s+isBlock: true/gm;

/**
 * Reads the schema of a resource from its bindings for CDK Terrain (JavaScript), which are generated from the
 * provider's schema: a class for the resource and one for each block, with a comment for each attribute.
 */
export function parseBindings(source: string): Schema {
  const classes = sections(source, /^class (\w+) extends /);
  const main = [...classes].find(([, text]) =>
    /extends cdkt[nf]\.Terraform(Resource|DataSource) /.test(text),
  );
  if (main === undefined) throw new Error("The bindings have no class of a resource or data source");
  const functions = sections(source, /^function (\w+)ToHclTerraform\(/);
  return schemaOf(main[1], main[1].slice(main[1].indexOf("synthesizeHclAttributes")), { classes, functions });
}

interface Bindings {
  readonly classes: ReadonlyMap<string, string>;
  readonly functions: ReadonlyMap<string, string>;
}

function schemaOf(classText: string, hclText: string, bindings: Bindings): Schema {
  const settings = [...classText.matchAll(FLAGS)].map(([, name = "", computed, optional, required]) => [
    name,
    required === "true" ? "required" : settingOf(optional === "true", computed === "true"),
  ]);
  const blocks = [...hclText.matchAll(BLOCK)].map(([, name = "", block = ""]) => {
    const className = `${block[0]?.toUpperCase() ?? ""}${block.slice(1)}OutputReference`;
    const [text, hcl] = [bindings.classes.get(className), bindings.functions.get(block)];
    if (text === undefined || hcl === undefined) throw new Error(`The bindings have no block ${className}`);
    return [name, schemaOf(text, hcl, bindings)];
  });
  return Object.fromEntries([...settings, ...blocks].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
}

const settingOf = (optional: boolean, computed: boolean): Setting =>
  optional ? (computed ? "optional computed" : "optional") : "computed";

/** Returns the declarations of a source that begin with a header, by the header's name. */
const sections = (source: string, header: RegExp): Map<string, string> =>
  new Map(
    source.split(/^(?=class |function )/m).flatMap((text) => {
      const name = header.exec(text)?.[1];
      return name === undefined ? [] : [[name, text] as const];
    }),
  );
