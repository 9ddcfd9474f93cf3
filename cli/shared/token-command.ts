import { shellQuote } from "../../core/policy-files/source/shell-quote.ts";

/** Returns the command that prints a token, in a form that works in any directory. */
export const tokenCommand = (): string => `npx --prefix ${shellQuote(process.cwd())} portcullis token`;
