/** The deletion of one resource. */
interface Deletion {
  readonly what: string;
  readonly run: () => Promise<void>;
  /** The command that deletes the resource by hand. */
  readonly byHand: string;
}

/** The created resources, to be deleted in reverse order. */
export interface Undo {
  /** Registers a resource before it is created, so that an interrupted creation is undone too. */
  add(deletion: Deletion): void;
  /** Deletes everything. Prints what cannot be deleted and continues. Returns the number of remaining resources. */
  all(print: (line: string) => void): Promise<number>;
  /** Returns the commands that delete everything by hand, in order. */
  byHand(): readonly string[];
}

export function createUndo(): Undo {
  const deletions: Deletion[] = [];
  return {
    add: (deletion) => void deletions.unshift(deletion),
    byHand: () => deletions.map(({ byHand }) => byHand),
    async all(print) {
      const left: Deletion[] = [];
      for (const deletion of deletions.splice(0)) {
        try {
          await deletion.run();
          print(`deleted ${deletion.what}`);
        } catch (error) {
          left.push(deletion);
          const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
          print(`NOT deleted: ${deletion.what} (${why}); delete it by hand: ${deletion.byHand}`);
        }
      }
      deletions.push(...left);
      return left.length;
    },
  };
}
