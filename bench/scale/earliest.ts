/** A heap: the least of all that were added comes first. */
export interface Earliest<T> {
  readonly first: T | undefined;
  readonly size: number;
  add(entry: T): void;
  /** Takes the first away. */
  remove(): void;
}

export function earliest<T>(order: (entry: T) => number): Earliest<T> {
  const heap: T[] = [];
  const at = (index: number): number => order(heap[index] as T);
  const swap = (a: number, b: number): void => {
    [heap[a], heap[b]] = [heap[b] as T, heap[a] as T];
  };
  const up = (index: number): void => {
    const parent = (index - 1) >> 1;
    if (index === 0 || at(parent) <= at(index)) return;
    swap(parent, index);
    up(parent);
  };
  const down = (index: number): void => {
    const left = 2 * index + 1;
    if (left >= heap.length) return;
    const least = left + 1 < heap.length && at(left + 1) < at(left) ? left + 1 : left;
    if (at(index) <= at(least)) return;
    swap(least, index);
    down(least);
  };
  return {
    get first() {
      return heap[0];
    },
    get size() {
      return heap.length;
    },
    add(entry) {
      heap.push(entry);
      up(heap.length - 1);
    },
    remove() {
      const last = heap.pop();
      if (last === undefined || heap.length === 0) return;
      heap[0] = last;
      down(0);
    },
  };
}
