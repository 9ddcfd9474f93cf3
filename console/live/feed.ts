import type { LiveDecision, PoliciesEvent, StackEvent } from "../../core/policy-files/live-events.ts";

/** The number of decisions that the page keeps. */
export const MAX_DECISIONS = 1_000;
/** The number of policies events that the page keeps. */
const MAX_EVENTS = 20;
/** The shortest time between two redraws for new decisions, in ms. */
const DRAW_EVERY = 200;
/** The wait before a new connection, in ms, after a response that is no event stream: browsers do not retry then. */
const RECONNECT_AFTER = 3_000;

export interface FeedState {
  readonly connection: "connecting" | "open" | "lost";
  /** The newest first. */
  readonly decisions: readonly LiveDecision[];
  /** The number of decisions received since the page was opened. */
  readonly count: number;
  /** One event each time the policy files were read, the newest first. */
  readonly policiesEvents: readonly PoliciesEvent[];
  readonly stack: StackEvent | undefined;
}

const EMPTY: FeedState = {
  connection: "connecting",
  decisions: [],
  count: 0,
  policiesEvents: [],
  stack: undefined,
};

/** Receives the running stack's events and holds the newest ones. */
export class Feed {
  state = EMPTY;
  readonly #followers = new Set<() => void>();
  readonly #arrivals = new Set<(decision: LiveDecision) => void>();
  readonly #url: string;
  #source: EventSource | undefined;
  #waiting: LiveDecision[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(url: string) {
    this.#url = url;
    this.#listen();
  }

  /** Calls `changed` after each change of the state. Returns the function that ends this. */
  follow(changed: () => void): () => void {
    this.#followers.add(changed);
    return () => this.#followers.delete(changed);
  }

  /**
   * Waits for a request's decision, which may arrive a moment after its response. Returns undefined if none arrives
   * within `timeout` ms.
   */
  waitFor(requestId: string, timeout = 3_000): Promise<LiveDecision | undefined> {
    const received = [...this.#waiting, ...this.state.decisions].find((one) => one.requestId === requestId);
    if (received !== undefined) return Promise.resolve(received);
    return new Promise((resolve) => {
      const end = (decision: LiveDecision | undefined) => {
        clearTimeout(timer);
        this.#arrivals.delete(look);
        resolve(decision);
      };
      const look = (decision: LiveDecision) => decision.requestId === requestId && end(decision);
      const timer = setTimeout(() => end(undefined), timeout);
      this.#arrivals.add(look);
    });
  }

  close(): void {
    this.#source?.close();
    clearTimeout(this.#timer);
  }

  #listen(): void {
    const source = new EventSource(this.#url);
    this.#source = source;
    const on = <T>(name: string, take: (data: T) => void) =>
      source.addEventListener(name, (event) => take(JSON.parse((event as MessageEvent<string>).data) as T));
    on<LiveDecision>("decision", (decision) => this.#addDecision(decision));
    on<PoliciesEvent>("policies", (event) => this.#addPoliciesEvent(event));
    on<StackEvent>("stack", (stack) => this.#set({ stack }));
    source.onopen = () => this.#set({ connection: "open" });
    source.onerror = () => {
      this.#set({ connection: "lost" });
      if (source.readyState === EventSource.CLOSED)
        this.#timer = setTimeout(() => this.#listen(), RECONNECT_AFTER);
    };
  }

  #addDecision(decision: LiveDecision): void {
    this.#waiting.push(decision);
    if (this.#waiting.length > MAX_DECISIONS) this.#waiting.shift();
    for (const look of this.#arrivals) look(decision);
    if (this.#waiting.length === 1) setTimeout(() => this.#draw(), DRAW_EVERY);
  }

  #draw(): void {
    const fresh = this.#waiting.reverse();
    this.#waiting = [];
    const decisions = [...fresh, ...this.state.decisions].slice(0, MAX_DECISIONS);
    this.#set({ decisions, count: this.state.count + fresh.length });
  }

  /** Adds an event unless it is present: after a reconnect the stack repeats the current ones. */
  #addPoliciesEvent(event: PoliciesEvent): void {
    const { policiesEvents } = this.state;
    const isPresent = policiesEvents.some(
      ({ time, folder }) => time === event.time && folder === event.folder,
    );
    if (!isPresent) this.#set({ policiesEvents: [event, ...policiesEvents].slice(0, MAX_EVENTS) });
  }

  #set(changes: Partial<FeedState>): void {
    this.state = { ...this.state, ...changes };
    for (const changed of this.#followers) changed();
  }
}
