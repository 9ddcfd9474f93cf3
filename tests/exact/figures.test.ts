import { expect, it } from "vitest";
import { countFigures, printFigures } from "./figures.ts";
import { GITHUB_KEYS } from "./real-apis.ts";
import { BASE_59, tokenWorld } from "./worlds.ts";

it("other ways to write policies fail for GitHub's API", { timeout: 120_000 }, () => {
  const world = tokenWorld(GITHUB_KEYS, { encodedPaths: "as_sent", base: BASE_59, maxGroups: 24 });
  const figures = countFigures(world);
  process.stdout.write(`\n${printFigures(figures)}\n\n`);
  const [star, blueprint, listed, methodArn, ours] = figures.ways;
  expect(star?.overGrants).toBeGreaterThan(0);
  expect(blueprint?.overGrants).toBeGreaterThan(0);
  expect(listed?.overGrants).toBeGreaterThan(0);
  expect(listed?.tooLong).toBeGreaterThan(0);
  expect(methodArn?.overDenials).toBeGreaterThan(0);
  expect(ours).toMatchObject({ overGrants: 0, overDenials: 0, tooLong: 0 });
});
