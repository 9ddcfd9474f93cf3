/** What was checked, told as it happens. */
export interface Report {
  /** Runs a claim and counts it: it fails where it throws. Resolves to whether it holds. */
  check(title: string, claim: () => Promise<unknown> | unknown): Promise<boolean>;
  /** Counts what somebody else found. */
  count(title: string, failure?: string): void;
  /** Says what the surroundings of this test cannot show. */
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
