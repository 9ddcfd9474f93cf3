import { beforeAll, describe, expect, it } from "vitest";
import { type ConsoleData, consoleData } from "../../console/data.ts";
import { DEFAULT_LAYOUT_OPTIONS } from "../../core/policy-files/compile/build-layout.ts";
import { policiesOf } from "../support/policy-files.ts";
import { browserForTests } from "./support/open-page.ts";
import { buildSet } from "./support/policies.ts";

const open = browserForTests();

const PATHS = Array.from({ length: 150 }, (_, index) => `/area${index % 10}/thing${index}/{id}`);
const API = `openapi: 3.0.3
info: { title: Many, version: "1" }
x-portcullis: { backends: { docs: lambda } }
paths:
${PATHS.map(
  (path, index) => `  ${path}:
    get: { x-portcullis: { backend: docs, permission: p${index % 30}.read } }
    put: { x-portcullis: { backend: docs, permission: p${index % 30}.write } }
`,
).join("")}`;

const TENANTS = 10_000;

describe("ten thousand tenants and three hundred routes", () => {
  let data: ConsoleData;
  beforeAll(() => {
    const few = policiesOf({
      "api.yaml": API,
      "roles/reader.yaml": `allow: [${Array.from({ length: 30 }, (_, index) => `p${index}.read`).join(", ")}]\n`,
      "roles/writer.yaml": "allow: [ANY /**]\n",
      "tenants/t0.yaml": "never: [p1.write]\n",
    });
    const [first] = few.tenants.values();
    if (first === undefined) throw new Error("There is no tenant");
    // Made as if read from as many files, because reading these would take longer than the tests.
    const tenants = Array.from({ length: TENANTS }, (_, index) => ({
      ...first,
      id: `t${index}`,
      name: `Customer ${index}`,
      at: { ...first.at, file: `tenants/t${index}.yaml` },
    }));
    const policies = { ...few, tenants: new Map(tenants.map((tenant) => [tenant.id, tenant])) };
    const files = new Map(tenants.map(({ at }) => [at.file, "never: [p1.write]\n"]));
    data = consoleData(
      [{ files, sets: [buildSet("dev", policies, { ...DEFAULT_LAYOUT_OPTIONS, encodedPaths: "as_sent" })] }],
      false,
    );
  });

  it("are drawn only where the rows and tenants are visible", async () => {
    const { page, violations } = await open(data, "#matrix");
    const grid = page.getByRole("grid");
    await grid.waitFor();
    expect(await grid.getAttribute("aria-rowcount")).toBe("301");
    expect(await page.getByRole("row").count()).toBeLessThan(60);
    await grid.getByRole("gridcell").first().focus();
    await page.keyboard.press("Control+End");
    await page.getByRole("rowheader", { name: "p9.write PUT /area9/thing129/{id}" }).waitFor();
    expect(await page.getByRole("row").count()).toBeLessThan(60);

    await page.getByRole("combobox", { name: "Tenant" }).click();
    await page.getByRole("option").first().waitFor();
    expect(await page.getByRole("option").count()).toBeLessThan(40);
    await page.keyboard.type("customer 9999");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Matrix of t9999" }).waitFor();
    expect(violations).toEqual([]);
  });

  it("are drawn as a picture too", async () => {
    const { page } = await open(data, "#groups");
    await page.getByRole("img", { name: /^Tree of 160 paths/ }).waitFor();
  });
});
