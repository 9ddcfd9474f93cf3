import { isObject } from "../../model/is-object.ts";
import type { Json } from "../openapi/definition-operation.ts";

/** A part of a team's document that is different in the starting folder, or not there, and why. */
export interface InitNote {
  readonly kind: "renamed" | "dropped" | "changed" | "look at";
  /** A path, `METHOD /path`, or a part of the document. */
  readonly what: string;
  readonly why: string;
}

/** Collects distinct notes. */
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

/**
 * Resolves local `$ref`s, also through others. Returns the value itself if it is not a `$ref`, and undefined if
 * it cannot be resolved.
 */
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
