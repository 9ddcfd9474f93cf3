import type { LiveDecision, PoliciesEvent, StackEvent } from "../../core/policy-files/live-events.ts";

/** How many decisions the page keeps, the newest ones. */
export const KEPT = 1_000;
/** How many readings of the files it keeps. */
const READINGS = 20;
/** In ms: however many decisions come, the page is drawn so often at most. */
const DRAW_EVERY = 200;
/** In ms, after an answer that is no stream: the browser itself then asks no more. */
const ASK_AGAIN = 3_000;

export interface FeedState {
  readonly connection: "connecting" | "open" | "lost";
  /** The newest first. */
  readonly decisions: readonly LiveDecision[];
  /** How many there were since the page was opened. */
  readonly count: number;
  /** What came of reading the policy files, the newest first. */
  readonly readings: readonly PoliciesEvent[];
  readonly stack: StackEvent | undefined;
}

/** What happens in the running stack, as the page hears of it. */
export class Feed {
  state: FeedState = { connection: "connecting", decisions: [], count: 0, readings: [], stack: undefined };
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

  /** Returns what ends it. */
  follow(changed: () => void): () => void {
    this.#followers.add(changed);
    return () => this.#followers.delete(changed);
  }

  /** The decision of a request, which may come a moment after its answer; undefined: it does not come. */
  decisionOf(requestId: string, patience = 3_000): Promise<LiveDecision | undefined> {
    const known = [...this.#waiting, ...this.state.decisions].find((one) => one.requestId === requestId);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve) => {
      const end = (decision: LiveDecision | undefined) => {
        clearTimeout(timer);
        this.#arrivals.delete(look);
        resolve(decision);
      };
      const look = (decision: LiveDecision) => decision.requestId === requestId && end(decision);
      const timer = setTimeout(() => end(undefined), patience);
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
    on<LiveDecision>("decision", (decision) => this.#take(decision));
    on<PoliciesEvent>("policies", (event) => this.#read(event));
    on<StackEvent>("stack", (stack) => this.#set({ stack }));
    source.onopen = () => this.#set({ connection: "open" });
    source.onerror = () => {
      this.#set({ connection: "lost" });
      if (source.readyState === EventSource.CLOSED) this.#timer = setTimeout(() => this.#listen(), ASK_AGAIN);
    };
  }

  #take(decision: LiveDecision): void {
    this.#waiting.push(decision);
    if (this.#waiting.length > KEPT) this.#waiting.shift();
    for (const look of this.#arrivals) look(decision);
    if (this.#waiting.length === 1) setTimeout(() => this.#draw(), DRAW_EVERY);
  }

  #draw(): void {
    const fresh = this.#waiting.reverse();
    this.#waiting = [];
    const decisions = [...fresh, ...this.state.decisions].slice(0, KEPT);
    this.#set({ decisions, count: this.state.count + fresh.length });
  }

  /** A connection that is made again tells what stands once more. */
  #read(event: PoliciesEvent): void {
    const known = this.state.readings.some(
      ({ time, folder }) => time === event.time && folder === event.folder,
    );
    if (!known) this.#set({ readings: [event, ...this.state.readings].slice(0, READINGS) });
  }

  #set(changes: Partial<FeedState>): void {
    this.state = { ...this.state, ...changes };
    for (const changed of this.#followers) changed();
  }
}
