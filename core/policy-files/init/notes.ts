import { isObject } from "../../model/is-object.ts";
import type { Json } from "../openapi/definition-operation.ts";

/** What of a team's document is not in the starting folder as it stood, and why. */
export interface InitNote {
  readonly kind: "renamed" | "dropped" | "changed" | "look at";
  /** A path, `METHOD /path`, or a part of the document. */
  readonly what: string;
  readonly why: string;
}

/** Collects notes, each once. */
export class InitNotes {
  readonly #notes = new Map<string, InitNote>();

  add(kind: InitNote["kind"], what: string, why: string): void {
    this.#notes.set(JSON.stringify([kind, what, why]), { kind, what, why });
  }

  get list(): InitNote[] {
    return [...this.#notes.values()];
  }
}

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** What a local `$ref` names, through others; the value itself where it is none, undefined where it leads nowhere. */
export function resolveRef(root: Json, value: unknown): unknown {
  let found = value;
  for (let steps = 0; steps < 20; steps++) {
    if (!isObject(found) || typeof found["$ref"] !== "string") return found;
    found = pointer(root, found["$ref"]);
  }
  return undefined;
}

function pointer(root: Json, ref: string): unknown {
  if (!ref.startsWith("#/")) return undefined;
  return ref
    .slice(2)
    .split("/")
    .map((step) => decode(step).replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce<unknown>(
      (value, step) =>
        typeof value === "object" && value !== null && Object.hasOwn(value, step)
          ? (value as Json)[step]
          : undefined,
      root,
    );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
