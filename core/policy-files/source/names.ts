/** Keys of passed claims in the context. */
export const CLAIM_KEY = /^[A-Za-z][A-Za-z0-9_]*$/;
