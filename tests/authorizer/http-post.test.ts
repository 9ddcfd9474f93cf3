import { afterEach, expect, test } from "vitest";
import { poster } from "../../lambdas/authorizer/http-post.ts";
import { type Reply, saysNothing, stalls, startScriptedTable } from "./support/scripted-table.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function posting(reply: Reply, whole: number) {
  const { endpoint, stop } = await startScriptedTable(reply);
  const { post, destroy } = poster(new URL(endpoint), { connect: 500, whole });
  closing.push(destroy, stop);
  return (signal: AbortSignal) => post({ "x-amz-target": "Any.Query" }, "{}", signal);
}

test.each([
  ["never begins", saysNothing],
  ["begins and never ends", stalls],
])("an answer that %s is given up after its time", async (_, reply) => {
  const post = await posting(reply, 60);
  await expect(post(new AbortController().signal)).rejects.toMatchObject({ name: "TimeoutError" });
});

test.each([
  ["before it begins", saysNothing],
  ["in its middle", stalls],
])("a signal ends an answer %s, with its own reason", async (_, reply) => {
  const post = await posting(reply, 10_000);
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error("enough")), 60);
  await expect(post(controller.signal)).rejects.toThrow("enough");
});
