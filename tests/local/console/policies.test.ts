import { afterAll, beforeAll, expect, it } from "vitest";
import type { PoliciesEvent } from "../../../core/policy-files/live-events.ts";
import { load } from "../../support/policy-files.ts";
import { send } from "../apigateway/rest/harness.ts";
import { Listener } from "./events.ts";
import { FILES, startWorld, stateOf, type World } from "./stack.ts";

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

const next = (change: () => void): Promise<PoliciesEvent> => {
  const known = listener.of("policies").length;
  change();
  return listener.until(() => listener.of<PoliciesEvent>("policies")[known]);
};
const etag = async (): Promise<string> => {
  const { headers } = await send(world.port, "GET", "/_portcullis/console/policies.json");
  return String(headers.etag);
};

it("tells on connecting which policies are in force, and no change", async () => {
  const event = await listener.until(() => listener.of<PoliciesEvent>("policies")[0]);
  expect(event).toMatchObject({ folder: "in_force", changes: [], problems: [], failure: null });
  expect(await etag()).toBe(`"${event.version}"`);
});

it("tells broken files with positions, and the last good ones stay as they are", async () => {
  const before = await etag();
  const event = await next(() => world.console.leftOut("in_force", load(BROKEN).problems));
  expect(event.problems).toEqual([
    {
      severity: "error",
      file: "roles/viewer.yaml",
      line: 1,
      column: 1,
      message: 'unknown key "alow"; did you mean "allow"?',
    },
  ]);
  expect([event.changes, `"${event.version}"`, await etag()]).toEqual([[], before, before]);
});

it("tells what a change of the files changes as access, in the words of diff, and that there is another state", async () => {
  const before = await etag();
  const event = await next(() => world.console.show("in_force", stateOf(EDITED)));
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

it("tells what else keeps files from being put in force", async () => {
  const event = await next(() => world.console.leftOut("candidate", "its routes are others"));
  expect(event).toMatchObject({ folder: "candidate", failure: "its routes are others", problems: [] });
});

it("bounds what it tells, however many tenants an edit concerns, and counts the rest", async () => {
  const tenants = Array.from({ length: 150 }, (_, at) => [`tenants/t${at}.yaml`, "name: T\n"]);
  const event = await next(() =>
    world.console.show("in_force", stateOf({ ...EDITED, ...Object.fromEntries(tenants) })),
  );
  const added = event.changes.find(({ kind }) => kind === "added");
  expect([added?.lines.length, added?.more]).toEqual([100, 50]);
});
