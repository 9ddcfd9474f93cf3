/** What a rule means, for a person who reads one of its problems. */
export interface RuleText {
  /** What is wrong, as a sentence. */
  readonly about: string;
  /** How it is corrected, as a sentence. */
  readonly fix: string;
}
