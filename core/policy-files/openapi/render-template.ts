/** A placeholder's value: a string, or a number or a list if the placeholder is the whole string. */
export type TemplateValue = string | number | readonly string[];

/**
 * Fills a template's placeholders, `${name}` in strings and keys, as Terraform does. A string that is only a
 * placeholder becomes its value, also a number or a list, whose entries become entries of a list around it; `$${` and `%%{` become `${` and `%{`.
 *
 * @throws Error if a placeholder has no value
 */
export function renderTemplate(template: unknown, values: Readonly<Record<string, TemplateValue>>): unknown {
  const valueFor = (name: string): TemplateValue => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) throw new Error(`The template's placeholder ${name} has no value`);
    return value;
  };
  const fill = (text: string): string =>
    text.replace(/\$\$\{|%%\{|\$\{([a-z0-9_]+)\}/g, (match, name: string | undefined) =>
      name === undefined ? match.slice(1) : String(valueFor(name)),
    );
  const render = (value: unknown): unknown => {
    if (typeof value === "string") {
      const name = /^\$\{([a-z0-9_]+)\}$/.exec(value)?.[1];
      return name === undefined ? fill(value) : valueFor(name);
    }
    if (Array.isArray(value))
      return value.flatMap((entry: unknown) => (typeof entry === "string" ? render(entry) : [render(entry)]));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [fill(key), render(inner)]));
  };
  return render(template);
}
