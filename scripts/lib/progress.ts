/**
 * Counts something that may take longer than a second, on standard error: in place on a terminal, else a
 * line every ten seconds. Nothing is shown in the first second.
 */
export function progress(what: string): () => void {
  const start = Date.now();
  const { isTTY } = process.stderr;
  let [count, shown] = [0, start + 1_000 - (isTTY ? 200 : 10_000)];
  return () => {
    count += 1;
    if (Date.now() - shown < (isTTY ? 200 : 10_000)) return;
    shown = Date.now();
    process.stderr.write(isTTY ? `\r${count} ${what} ` : `${count} ${what}\n`);
  };
}
