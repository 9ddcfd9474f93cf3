import { readdirSync, readFileSync } from "node:fs";
import { parse } from "@cdktn/hcl2json";
import { describe, expect, it } from "vitest";
import { readModule } from "../../scripts/terraform-docs/hcl.ts";

/** A type constraint of Terraform: of an object its members, of a collection its elements' type. */
type Type = string | { readonly members: ReadonlyMap<string, Type> } | { readonly elements: Type };

/** Parses a type constraint such as `object({ a = optional(map(string), {}) })`; without defaults. */
function parseType(text: string): Type {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[\w.-]+|[(){}[\]=,:]/g) ?? [];
  let at = 0;
  const next = (expected?: string): string => {
    const token = tokens[at++] ?? "";
    if (expected !== undefined && token !== expected) throw new Error(`${text}: ${token} for ${expected}`);
    return token;
  };
  const skipDefault = (): void => {
    for (let depth = 0; depth > 0 || tokens[at] !== ")"; at++)
      depth += "({[".includes(tokens[at] ?? "") ? 1 : ")}]".includes(tokens[at] ?? "") ? -1 : 0;
  };
  const members = (): Type => {
    const found = new Map<string, Type>();
    next("{");
    while (tokens[at] !== "}") {
      const name = next();
      next("=");
      found.set(name, type());
      if (tokens[at] === ",") next();
    }
    next("}");
    return { members: found };
  };
  const type = (): Type => {
    const name = next();
    if (tokens[at] !== "(") return name;
    next("(");
    const inner = name === "object" ? members() : type();
    if (name === "optional") skipDefault();
    next(")");
    return name === "object" || name === "optional" ? inner : { elements: inner };
  };
  return type();
}

/** Returns what does not fit a type. Terraform itself ignores members that an object's type does not have. */
function misfits(type: Type, value: unknown, path: string): string[] {
  if (typeof type === "string")
    return typeof value === type.replace("bool", "boolean") ? [] : [`${path} is no ${type}`];
  if (typeof value !== "object" || value === null) return [`${path} has no members`];
  return Object.entries(value).flatMap(([name, member]) => {
    const inner = "elements" in type ? type.elements : type.members.get(name);
    return inner === undefined
      ? [`${path}.${name} does not exist`]
      : misfits(inner, member, `${path}.${name}`);
  });
}

const PAGES = [
  "README.md",
  ...readdirSync("docs").flatMap((name) => (name.endsWith(".md") ? [`docs/${name}`] : [])),
  ...readdirSync("modules").map((name) => `modules/${name}/README.md`),
];
const BLOCKS = PAGES.flatMap((page) =>
  [...readFileSync(page, "utf8").matchAll(/^( *)```hcl\n([\s\S]*?)^ *```/gm)].map(
    ([, , text = ""], index) => ({
      name: `${page}, block ${index + 1}`,
      text,
    }),
  ),
);

interface Parsed {
  readonly module?: Readonly<Record<string, readonly [Readonly<Record<string, unknown>>]>>;
  readonly resource?: unknown;
}

/** Returns what does not fit the variables of a module. */
async function unfitInputs(folder: string, values: Readonly<Record<string, unknown>>): Promise<string[]> {
  const { variables } = await readModule(folder);
  return Object.entries(values).flatMap(([name, value]) => {
    const type = variables[name]?.type;
    // A reference to another resource has the type that Terraform finds out.
    if (type !== undefined && typeof value === "string" && value.startsWith("${")) return [];
    return type === undefined
      ? [`${name} is no input of ${folder}`]
      : misfits(parseType(type.replace(/^\$\{|\}$/g, "")), value, name);
  });
}

describe("The blocks of Terraform in the pages", () => {
  it("are found", () => {
    expect(BLOCKS.length).toBeGreaterThan(12);
  });

  it.each(BLOCKS)("have only inputs that exist, of their types: $name", async ({ text }) => {
    const parsed = (await parse("block.tf", text)) as Parsed & Readonly<Record<string, unknown>>;
    const { module, resource } = parsed;
    if (module !== undefined) {
      for (const [{ source, ...inputs }] of Object.values(module)) {
        const [, folder = ""] =
          /^\.\/node_modules\/portcullis\/(modules\/[a-z-]+)$/.exec(String(source)) ?? [];
        expect(await unfitInputs(folder, inputs)).toEqual([]);
      }
    } else if (resource === undefined) {
      const backend = await parse("dev.tfbackend", readFileSync("environments/dev.tfbackend", "utf8"));
      if ("bucket" in parsed)
        expect(Object.keys(backend)).toEqual(expect.arrayContaining(Object.keys(parsed)));
      else expect(await unfitInputs(".", parsed)).toEqual([]);
    }
  });
});
