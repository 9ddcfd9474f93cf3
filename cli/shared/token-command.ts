/** Returns the command that prints a token, in a form that works in any directory. */
export const tokenCommand = (): string => `npx --prefix '${process.cwd()}' portcullis token`;
