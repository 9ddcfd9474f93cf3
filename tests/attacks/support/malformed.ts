import type { Attack } from "./describe-attacks.ts";

export const MALFORMED = [401, "token_malformed"] as const;

export const malformed = (title: string, send: Attack["send"]): Attack => ({ title, send, gets: MALFORMED });
