import { request } from "node:http";
import { afterEach, expect, it } from "vitest";
import {
  createEventStream,
  type EventStream,
  type EventStreamOptions,
} from "../../../local/console/event-stream.ts";
import { closeServers, listen } from "../apigateway/rest/harness.ts";
import { Listener } from "./events.ts";

let stream: EventStream;
let origin: string;
const listeners: Listener[] = [];

afterEach(async () => {
  for (const listener of listeners.splice(0)) listener.close();
  stream.close();
  await closeServers();
});

async function start(options: EventStreamOptions = {}): Promise<void> {
  stream = createEventStream(options);
  origin = `http://127.0.0.1:${await listen((req, res) => stream.listen(req, res))}`;
}

async function connect(headers: Record<string, string> = {}): Promise<Listener> {
  const before = stream.listeners;
  const listener = new Listener(origin, headers);
  listeners.push(listener);
  await listener.until(() => stream.listeners > before);
  return listener;
}

const numbers = (listener: Listener): number[] => listener.of<number>("decision");

it("sends a new listener all states, the last events, and then every new event", async () => {
  await start({ keep: 3 });
  stream.state("a", "policies", "old");
  stream.state("a", "policies", "new");
  stream.state("b", "policies", "other");
  for (let number = 1; number <= 5; number++) stream.publish("decision", number);
  const listener = await connect();
  stream.publish("decision", 6);
  await listener.until(() => numbers(listener).includes(6));
  expect(numbers(listener)).toEqual([3, 4, 5, 6]);
  expect(listener.of("policies")).toEqual(["new", "other"]);
});

it("sends a returning listener the events that it missed, and a listener of another run all events", async () => {
  await start();
  const first = await connect();
  for (const number of [1, 2]) stream.publish("decision", number);
  await first.until(() => numbers(first).includes(2));
  const id = first.received.find(({ data }) => data === 1)?.id ?? "";
  const second = await connect({ "last-event-id": id });
  const third = await connect({ "last-event-id": id.replace(/^./, (digit) => (digit === "0" ? "1" : "0")) });
  stream.publish("decision", 3);
  await second.until(() => numbers(second).includes(3));
  await third.until(() => numbers(third).includes(3));
  expect(numbers(second)).toEqual([2, 3]);
  expect(numbers(third)).toEqual([1, 2, 3]);
});

it("disconnects a listener that does not read, and continues to serve the others", async () => {
  await start({ maxUnread: 100_000, keep: 10 });
  const idle = request(origin, { agent: false });
  idle.on("error", () => undefined);
  idle.on("response", (response) => response.on("error", () => undefined).pause());
  idle.end();
  const reading = await connect();
  await reading.until(() => stream.listeners === 2);
  const text = "x".repeat(90_000);
  for (let number = 1; stream.listeners === 2 && number < 300; number++) {
    stream.publish("decision", text);
    await reading.until(() => reading.of("decision").length === number);
  }
  expect(stream.listeners).toBe(1);
  expect(reading.ended).toBe(false);
  idle.destroy();
});

it("accepts a bounded number of listeners", async () => {
  await start({ maxListeners: 2 });
  await connect();
  await connect();
  const status = await new Promise((resolve) =>
    request(origin, { agent: false }, (response) => resolve(response.resume().statusCode)).end(),
  );
  expect([status, stream.listeners]).toEqual([503, 2]);
});

it("removes a listener that disconnects", async () => {
  await start();
  const listener = await connect();
  listener.close();
  await listener.until(() => stream.listeners === 0);
  stream.publish("decision", 1);
});

it("sends a comment at intervals, so that no proxy closes an idle connection", async () => {
  await start({ heartbeat: 5 });
  const listener = await connect();
  await listener.until(() => listener.text.includes(": still here\n\n"));
});

it("ends all listeners when it is closed", async () => {
  await start();
  const listener = await connect();
  stream.close();
  await listener.until(() => listener.ended);
  expect(stream.listeners).toBe(0);
});
