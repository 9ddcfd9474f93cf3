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
  readonly #counted = new Map<string, string[]>();

  add(kind: InitNote["kind"], what: string, why: string): void {
    this.#notes.set(JSON.stringify([kind, what, why]), { kind, what, why });
  }

  /** Adds a note about several operations, which is one note with their number. */
  count(kind: InitNote["kind"], what: string, why: string, where: string): void {
    const id = JSON.stringify([kind, what, why, "counted"]);
    const operations = this.#counted.get(id) ?? [];
    operations.push(where);
    this.#counted.set(id, operations);
    this.#notes.set(id, { kind, what: `${what} (${printOperations(operations)})`, why });
  }

  get list(): InitNote[] {
    return [...this.#notes.values()];
  }
}

function printOperations(operations: readonly string[]): string {
  const shown = operations.slice(0, 3).join(", ");
  return operations.length <= 3 ? shown : `${shown} and ${operations.length - 3} more`;
}

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
