import { describe, expect, it } from "vitest";
import { applyChanges, printLocation, readLocation } from "../../console/page-location.ts";

describe("the location in the URL", () => {
  it.each([
    ["", { view: "matrix", params: {} }],
    ["#groups", { view: "groups", params: {} }],
    ["#matrix?tenant=a%26b&route=GET+/a?b", { view: "matrix", params: { tenant: "a&b", route: "GET /a?b" } }],
  ])("is read from %j, and printed so that it reads the same", (hash, location) => {
    expect(readLocation(hash)).toEqual(location);
    expect(readLocation(printLocation(location))).toEqual(location);
  });

  it("loses parameters that are set to undefined, and keeps the others", () => {
    const location = { view: "matrix", params: { tenant: "acme", role: "viewer" } };
    expect(applyChanges(location, { role: undefined, filter: "x" })).toEqual({
      view: "matrix",
      params: { tenant: "acme", filter: "x" },
    });
  });
});
