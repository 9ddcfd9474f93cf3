const WIDTH = 30;

/** The terminal on which an unfinished line of progress is visible. */
let terminal: NodeJS.WriteStream | undefined;

/**
 * Returns a function that counts `what` and shows the count on standard error: in place on a terminal, as a bar if the
 * total is known, and otherwise as a line every five seconds. Short work shows nothing.
 */
export function progress(
  what: string,
  total?: number,
  stream: NodeJS.WriteStream = process.stderr,
): (count?: number) => void {
  const [quiet, pause] = stream.isTTY ? [1_000, 100] : [5_000, 5_000];
  let [done, due, isShown] = [0, Date.now() + quiet, false];
  return (count = 1) => {
    done += count;
    const ended = total !== undefined && done >= total;
    if (Date.now() < due && !(ended && isShown)) return;
    due = Date.now() + pause;
    isShown = true;
    const line = total === undefined ? `${done} ${what}` : `${bar(done / total)} ${done} of ${total} ${what}`;
    stream.write(stream.isTTY ? `\r\u001b[K${line}${ended ? "\n" : ""}` : `${line}\n`);
    terminal = stream.isTTY && !ended ? stream : undefined;
  };
}

/** Erases an unfinished line of progress, so that the next output begins on an empty line. */
export function eraseProgress(): void {
  terminal?.write("\r\u001b[K");
  terminal = undefined;
}

function bar(share: number): string {
  const full = Math.min(WIDTH, Math.round(share * WIDTH));
  return `[${"#".repeat(full)}${".".repeat(WIDTH - full)}]`;
}
