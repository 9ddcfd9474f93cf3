import { describe, expect, it } from "vitest";
import { changed, printLocation, readLocation } from "../../console/page-location.ts";

describe("what the address says", () => {
  it.each([
    ["", { view: "matrix", params: {} }],
    ["#groups", { view: "groups", params: {} }],
    ["#matrix?tenant=a%26b&route=GET+/a?b", { view: "matrix", params: { tenant: "a&b", route: "GET /a?b" } }],
  ])("%s", (hash, place) => {
    expect(readLocation(hash)).toEqual(place);
    expect(readLocation(printLocation(place))).toEqual(place);
  });

  it("loses what is set to undefined and keeps the rest", () => {
    const place = { view: "matrix", params: { tenant: "acme", role: "viewer" } };
    expect(changed(place, { role: undefined, filter: "x" })).toEqual({
      view: "matrix",
      params: { tenant: "acme", filter: "x" },
    });
  });
});
