/** A tenant cannot move as it is. The message says what to do first. */
export class MoveError extends Error {}
