/** How one created thing is deleted, and how a person would do it. */
interface Deletion {
  readonly what: string;
  readonly run: () => Promise<void>;
  readonly byHand: string;
}

/** Remembers what was created, to delete it in reverse order whatever happened. */
export interface Undo {
  /** Before the thing is created, so that one whose creation was cut off is deleted too. */
  add(deletion: Deletion): void;
  /** Deletes everything; what cannot be deleted is told, and the rest goes on. Returns how many remain. */
  all(say: (line: string) => void): Promise<number>;
  /** The commands that delete everything by hand, in order. */
  byHand(): readonly string[];
}

export function createUndo(): Undo {
  const deletions: Deletion[] = [];
  return {
    add: (deletion) => void deletions.unshift(deletion),
    byHand: () => deletions.map(({ byHand }) => byHand),
    async all(say) {
      const left: Deletion[] = [];
      for (const deletion of deletions.splice(0)) {
        try {
          await deletion.run();
          say(`deleted ${deletion.what}`);
        } catch (error) {
          left.push(deletion);
          const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
          say(`NOT deleted: ${deletion.what} (${why}); by hand: ${deletion.byHand}`);
        }
      }
      deletions.push(...left);
      return left.length;
    },
  };
}
