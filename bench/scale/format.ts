import type { Result } from "./scenarios.ts";

/** A head and rows, all of text. */
export type Table = readonly (readonly string[])[];

export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
export const dollars = (amount: number): string => `$${amount.toFixed(amount < 0.1 ? 3 : 2)}`;
export const seconds = (value: number): string => `${Math.round(value)} s`;
export const whole = (value: number): string => value.toLocaleString("en");
/** Two figures that count: a simulation knows no more. */
export const rounded = (value: number): string => value.toLocaleString("en", { maximumSignificantDigits: 2 });

/** Of a million requests. */
export const ofMillion = (aSecond: number, { outcome }: Result): string =>
  rounded((aSecond / outcome.requests) * 1_000_000);

/** Portcullis' cost as a part of Verified Permissions' at every request. */
export const ofTheirs = ({ costs }: Result): string => percent(costs.own / costs.verifiedPermissions);
