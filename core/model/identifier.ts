/**
 * Matches a string on one line without spaces at its ends and without characters that nobody sees: control and format
 * characters, which include those that change the direction of text, and all others that are not drawn.
 */
export const VISIBLE_TEXT =
  /^(?!\s)[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]+(?<!\s)$/u;

/** Returns whether a string has one spelling only: it is visible text in Unicode's form NFC. */
export const isIdentifier = (text: string): boolean =>
  VISIBLE_TEXT.test(text) && text.normalize("NFC") === text;

/**
 * Returns what two ids must differ in: the id in form NFC and in lower case. `toLowerCase` has the same result on every
 * machine, because it ignores the locale. Unicode's full case folding is not in the language, and would only equate a
 * few more pairs, such as `ß` and `ss`, which are different letters.
 */
export const foldId = (id: string): string => id.normalize("NFC").toLowerCase();
