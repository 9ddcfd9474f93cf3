/** The command that prints a token, for a shell in any folder. */
export const tokenCommand = (): string => `npx --prefix '${process.cwd()}' portcullis token`;
