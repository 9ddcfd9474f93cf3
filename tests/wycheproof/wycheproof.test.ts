import { describe, expect, it } from "vitest";
import { DEVIATIONS, FILES } from "./deviations.ts";
import { readVectors } from "./vectors.ts";
import { isAccepted } from "./verify-vector.ts";

describe.each(FILES)("%s", (file, algorithm) => {
  const vectors = readVectors(file);
  const deviations = DEVIATIONS.filter((one) => one.file === file);
  const listed = deviations.flatMap(({ ids }) => ids);

  it("has vectors, and every listed deviation once", () => {
    expect(vectors.length).toBeGreaterThan(0);
    const ids = vectors.map(({ id }) => id);
    expect(listed.filter((id) => !ids.includes(id))).toEqual([]);
    expect(listed).toHaveLength(new Set(listed).size);
  });

  it.each(vectors.map((vector) => [vector.title, vector] as const))("%s", async (_, vector) => {
    const reason = deviations.find(({ ids }) => ids.includes(vector.id))?.reason;
    const expected = reason === undefined ? vector.isValid : !vector.isValid;
    expect(await isAccepted(vector, algorithm), reason ?? "is not a listed deviation").toBe(expected);
  });
});
