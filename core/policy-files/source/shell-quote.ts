import { utf8ToBytes } from "@noble/hashes/utils.js";

/** Words that every shell takes as they are. */
const PLAIN = /^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*$/;
/** Characters that a printed line cannot contain, and `!`, which an interactive bash expands inside double quotes. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}!]/u;

/**
 * Quotes text as one word of a POSIX shell, on one line, also inside `"$(…)"`. Text that cannot be printed as it is
 * becomes a `printf` with octal bytes, which loses only newlines at the end.
 *
 * @example
 * import { shellQuote } from "./shell-quote.ts";
 *
 * shellQuote("acme"); // => "acme"
 * shellQuote("it's $(id)"); // => "'it'\\''s $(id)'"
 * shellQuote("a\u001bb!"); // => "\"$(printf -- 'a\\033b\\041')\""
 */
export function shellQuote(text: string): string {
  if (PLAIN.test(text)) return text;
  if (!UNPRINTABLE.test(text)) return singleQuote(text);
  const format = Array.from(text.toWellFormed(), (character) =>
    UNPRINTABLE.test(character) || character === "\\" ? octalBytes(character) : character,
  );
  return `"$(printf -- ${singleQuote(format.join("").replaceAll("%", "%%"))})"`;
}

/** Returns a flag with its quoted value. A value that looks like a flag is joined with `=`. */
export const shellArgument = (flag: string, value: string): string =>
  `--${flag}${value.startsWith("-") ? "=" : " "}${shellQuote(value)}`;

const singleQuote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Returns the character's UTF-8 bytes as `printf` reads them. */
const octalBytes = (character: string): string =>
  Array.from(utf8ToBytes(character), (byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
