/** A part of the picture, and how much of its height it takes. */
export interface Part {
  readonly markup: string;
  readonly height: number;
}
