/** The requests that are sent at once. */
const WORKERS = 8;

/** Runs work for each item, a few at once. Returns the results in the order of the items. @throws the first failure */
export async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let [next, failed] = [0, false];
  const run = async (): Promise<void> => {
    while (next < items.length && !failed) {
      const index = next++;
      try {
        results[index] = await work(items[index] as T);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, run));
  return results;
}
