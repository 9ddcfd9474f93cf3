import { afterAll, beforeAll, expect, it } from "vitest";
import type { PoliciesEvent } from "../../../core/policy-files/live-events.ts";
import { TABLE_NAME } from "../../../local/table/table.ts";
import { tenantStore } from "../../../runtime/table/tenant-store.ts";
import { load } from "../../support/policy-files.ts";
import { send } from "../apigateway/rest/harness.ts";
import { Listener } from "./events.ts";
import { FILES, loadState, startWorld, type World } from "./stack.ts";

let world: World;
let listener: Listener;

beforeAll(async () => {
  world = await startWorld();
  listener = new Listener(world.stack.origin);
});
afterAll(async () => {
  listener.close();
  await world.stack.close();
});

const EDITED = { ...FILES, "roles/viewer.yaml": "allow: [documents.create]\n" };
const BROKEN = { ...FILES, "roles/viewer.yaml": "alow: [documents.create]\n" };

const next = (change: () => unknown): Promise<PoliciesEvent> => {
  const count = listener.of("policies").length;
  change();
  return listener.until(() => listener.of<PoliciesEvent>("policies")[count]);
};
const etag = async (): Promise<string> => {
  const { headers } = await send(world.port, "GET", "/_portcullis/console/policies.json");
  return String(headers.etag);
};

it("publishes the policies in force to a new listener, without a change", async () => {
  const event = await listener.until(() => listener.of<PoliciesEvent>("policies")[0]);
  expect(event).toMatchObject({ folder: "in_force", changes: [], problems: [], failure: null });
  expect(await etag()).toBe(`"${event.version}"`);
});

it("publishes the errors of rejected files with positions, and does not change the last valid ones", async () => {
  const before = await etag();
  const event = await next(() => world.console.leftOut("in_force", load(BROKEN).problems));
  expect(event.problems).toEqual([
    {
      severity: "error",
      rule: "unknown-key",
      file: "roles/viewer.yaml",
      line: 1,
      column: 1,
      message: 'unknown key "alow"; did you mean "allow"?',
    },
  ]);
  expect([event.changes, `"${event.version}"`, await etag()]).toEqual([[], before, before]);
});

it("publishes the access that an edit changes, in the words of diff, with a new version", async () => {
  const before = await etag();
  const event = await next(() => world.console.show("in_force", loadState(EDITED)));
  expect(event.changes).toEqual([
    { kind: "gained", title: "Gained", lines: ["acme / viewer gains POST /documents"], more: 0 },
    {
      kind: "lost",
      title: "Lost",
      lines: ["acme / viewer loses GET /documents", "acme / viewer loses GET /documents/{documentId}"],
      more: 0,
    },
  ]);
  expect(event.summary).toBe("2 of 2 combinations of tenant, role and route are lost (100.0 %)");
  expect(`"${event.version}"`).not.toBe(before);
  const { json, headers } = await send(world.port, "GET", "/_portcullis/console/policies.json");
  expect([json, headers.etag]).toEqual([EDITED, `"${event.version}"`]);
});

it("publishes the access that an edit changes in a tenant of run time", async () => {
  const store = tenantStore({ client: world.stack.dynamodb, table: TABLE_NAME, who: "test" });
  await store.putTenant({ id: "umbrella" }, "signed up");
  const event = await next(() => world.console.show("in_force", loadState(FILES)));
  expect(event.changes.flatMap(({ lines }) => lines)).toContain(
    "viewer, in 2 tenants (acme, umbrella), loses POST /documents",
  );
  await store.removeTenant("umbrella", "test");
  await next(() => world.console.show("in_force", loadState(EDITED)));
});

it("publishes another cause for which files are rejected", async () => {
  const event = await next(() => world.console.leftOut("candidate", "its routes are others"));
  expect(event).toMatchObject({ folder: "candidate", failure: "its routes are others", problems: [] });
});

it("limits the lines of an event, and counts the rest", async () => {
  const tenants = Array.from({ length: 150 }, (_, at) => [`tenants/t${at}.yaml`, "name: T\n"]);
  const event = await next(() =>
    world.console.show("in_force", loadState({ ...EDITED, ...Object.fromEntries(tenants) })),
  );
  const added = event.changes.find(({ kind }) => kind === "added");
  expect([added?.lines.length, added?.more]).toEqual([100, 50]);
});
