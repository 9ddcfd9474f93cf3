/** Stands in for `@smithy/core/event-streams` in the bundle, 15 kB: no answer of DynamoDB's is one. */
export class EventStreamSerde {
  constructor() {
    throw new Error("The authorizer reads no event streams");
  }
}

export const eventStreamSerdeProvider = (): EventStreamSerde => new EventStreamSerde();
