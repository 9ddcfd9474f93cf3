/** One use of a word that this repository avoids. */
export interface AvoidedWord {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly word: string;
  /** What to write instead. */
  readonly alternative: string;
}

/** The words, and what to write instead. They are listed only here, so {@link isSearched} excludes this file. */
const ALTERNATIVES: Readonly<Record<string, string>> = {
  tell: "report, print, show, say or inform",
  tells: "reports, prints, shows, says or informs",
  told: "reported, printed, shown or informed",
  whoever: "anyone who, or name the person: the caller, the operator",
  anew: "again",
  mend: "fix",
  mends: "fixes",
  mended: "fixed",
  beside: "alongside, next to, or in addition to",
};

const WORDS = new RegExp(`\\b(?:${Object.keys(ALTERNATIVES).join("|")})\\b`, "gi");

const OWN_PATH = "scripts/plain-words.ts";
const SEARCHED = /\.(?:tsx?|mjs|cjs|md|tf|tfvars|hcl|ya?ml|css|html)$|^policies\/schema\/[^/]+\.json$/;
const EXCLUDED = /^CHANGELOG\.md$|(?:^|\/)(?:fixtures|dist)\/|\.lock\.hcl$/;

/** Returns whether a tracked file is one whose words are checked: text that people of this repository write. */
export const isSearched = (file: string): boolean =>
  file !== OWN_PATH && SEARCHED.test(file) && !EXCLUDED.test(file);

/** Finds the avoided words of a text: whole words, upper or lower case. */
export function findAvoidedWords(file: string, text: string): AvoidedWord[] {
  return text.split("\n").flatMap((line, index) =>
    [...line.matchAll(WORDS)].map(([word]) => ({
      file,
      line: index + 1,
      word,
      alternative: ALTERNATIVES[word.toLowerCase()] ?? "",
    })),
  );
}

export const printAvoidedWord = ({ file, line, word, alternative }: AvoidedWord): string =>
  `${file}:${line}: "${word}": write ${alternative}`;
