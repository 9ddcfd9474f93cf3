/**
 * Returns a function that counts one more `what` and shows the count on standard error: in place on a terminal,
 * otherwise as a line every five seconds. Nothing is shown in the first second.
 */
export function progress(what: string): () => void {
  const { isTTY } = process.stderr;
  const pause = isTTY ? 200 : 5_000;
  let [count, next] = [0, Date.now() + 1_000];
  return () => {
    count += 1;
    if (Date.now() < next) return;
    next = Date.now() + pause;
    process.stderr.write(isTTY ? `\r${count} ${what} ` : `${count} ${what}\n`);
  };
}
