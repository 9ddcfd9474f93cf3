/** Stands in for `@smithy/core/event-streams` in the bundle, 15 kB: no operation of DynamoDB streams events. */
export function eventStreamSerdeProvider(): never {
  throw new Error("DynamoDB has no event streams");
}

export class EventStreamSerde {
  constructor() {
    throw new Error("DynamoDB has no event streams");
  }
}
