/** Counts checks and prints each result at once. */
export interface Report {
  /** Runs a check, which fails if it throws. Resolves to whether it passed. */
  check(title: string, claim: () => Promise<unknown> | unknown): Promise<boolean>;
  /** Counts a result from elsewhere; it is a failure if `failure` is given. */
  count(title: string, failure?: string): void;
  /** Prints something that this test cannot verify. */
  notVerified(what: string): void;
  /** Prints `N passed, N failed`, and returns the exit status. */
  end(): number;
}

export function createReport(write: (line: string) => void): Report {
  let passed = 0;
  const failed: string[] = [];

  function count(title: string, failure?: string): void {
    if (failure === undefined) passed++;
    else failed.push(title);
    write(failure === undefined ? `  ✓ ${title}` : `  ✗ ${title}\n${indent(failure)}`);
  }

  return {
    count,
    async check(title, claim) {
      try {
        await claim();
        count(title);
        return true;
      } catch (error) {
        count(title, error instanceof Error ? error.message : String(error));
        return false;
      }
    },
    notVerified: (what) => write(`not verified here: ${what}`),
    end() {
      for (const title of failed) write(`failed: ${title}`);
      write(`${passed} passed, ${failed.length} failed`);
      return failed.length === 0 ? 0 : 1;
    },
  };
}

const indent = (text: string): string =>
  text
    .split("\n")
    .map((line) => `      ${line}`)
    .join("\n");
