import type { Reporter } from "./publish-items.ts";

const WIDTH = 30;
/** In ms. */
const QUIET = 1_000;

/**
 * Shows progress on standard error: a bar on a terminal, otherwise a line every five seconds. Nothing is shown for
 * work that takes less than a second.
 */
export function progressBars(stream: NodeJS.WriteStream = process.stderr): Reporter {
  return {
    begin(what, total) {
      const every = stream.isTTY ? 100 : 5_000;
      let [done, due] = [0, Date.now() + QUIET];
      let drawn = false;
      return (count) => {
        done += count;
        const ended = total !== undefined && done >= total;
        if (Date.now() < due && !(ended && drawn)) return;
        due = Date.now() + every;
        drawn = true;
        const line =
          total === undefined ? `${done} ${what}` : `${bar(done / total)} ${done} of ${total} ${what}`;
        stream.write(stream.isTTY ? `\r\u001b[K${line}${ended ? "\n" : ""}` : `${line}\n`);
      };
    },
  };
}

function bar(share: number): string {
  const full = Math.min(WIDTH, Math.round(share * WIDTH));
  return `[${"#".repeat(full)}${".".repeat(WIDTH - full)}]`;
}
