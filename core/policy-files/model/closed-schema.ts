import * as z from "zod";

/** Returns a schema of an object with these keys only. Its error lists them, for a suggestion. */
export function closed<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const keys = Object.keys(shape).filter((key) => key !== "$schema");
  return z.strictObject(shape, {
    error: (issue) => (issue.code === "unrecognized_keys" ? keys.join(", ") : undefined),
  });
}

export const nonEmpty = z.string().min(1);
