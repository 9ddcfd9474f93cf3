/** A part of a team's document that is different in the starting folder, or not there, and why. */
export interface InitNote {
  readonly kind: "renamed" | "dropped" | "changed" | "look at";
  /** A path, `METHOD /path`, or a part of the document. */
  readonly what: string;
  readonly why: string;
  /** The operation, if `what` concerns several. */
  readonly where?: string;
  /** What the notes of one line have in common. */
  readonly group: string;
}

/** Collects distinct notes. */
export class InitNotes {
  readonly #notes = new Map<string, InitNote>();

  /** @param common what `why` has in common with that of other notes, if it has something of its own, such as a path */
  add(kind: InitNote["kind"], what: string, why: string, common = why): void {
    this.#put({ kind, what, why, group: common });
  }

  /** Adds a note about one of several operations. */
  count(kind: InitNote["kind"], what: string, why: string, where: string): void {
    this.#put({ kind, what, why, where, group: `${what}: ${why}` });
  }

  #put(note: InitNote): void {
    this.#notes.set(JSON.stringify(note), note);
  }

  get list(): InitNote[] {
    return [...this.#notes.values()];
  }
}

/** Merges the notes of one kind into one, which names the first three places and the number of the others. */
export function groupNotes(notes: readonly InitNote[]): InitNote[] {
  const groups = new Map<string, InitNote[]>();
  for (const note of notes) {
    const id = JSON.stringify([note.kind, note.group]);
    const group = groups.get(id) ?? [];
    group.push(note);
    groups.set(id, group);
  }
  return [...groups.values()].map(mergeNotes);
}

function mergeNotes(notes: readonly InitNote[]): InitNote {
  const [first, ...others] = notes as readonly [InitNote, ...InitNote[]];
  const { where, ...note } = first;
  if (where !== undefined)
    return { ...note, what: `${note.what} (${printSome(notes.map((one) => one.where ?? ""))})` };
  if (others.every(({ why }) => why === note.why))
    return { ...note, what: printSome(notes.map(({ what }) => what)) };
  return { ...note, why: `${note.why} (and ${others.length} more)` };
}

function printSome(places: readonly string[]): string {
  const shown = places.slice(0, 3).join(", ");
  return places.length <= 3 ? shown : `${shown} and ${places.length - 3} more`;
}

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
