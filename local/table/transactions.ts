import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { text } from "node:stream/consumers";
import { itemSize, matchesExprFilter } from "dynalite/db/index.js";
import { type Condition, validateExpressions } from "dynalite/validations/index.js";

/** Handles one request of DynamoDB's API. */
export type Handle = (request: IncomingMessage, response: ServerResponse) => void;

const PREFIX = "DynamoDB_20120810.";
const TRANSACTION = `${PREFIX}TransactWriteItems`;
/** DynamoDB's limits: of actions, of bytes together, of an item's bytes, and of the writes of one BatchWriteItem. */
const [ACTIONS, BYTES, ITEM_BYTES, BATCH] = [100, 4 * 2 ** 20, 400 * 2 ** 10, 25];

/**
 * Adds `TransactWriteItems` to an embedded table that has only single writes. While a transaction runs, every other
 * request waits, so none sees a part of it. It knows puts, deletes and condition checks, and no update, which nothing in
 * the product sends in a transaction. A `ClientRequestToken` is ignored: a repeated transaction is a second one.
 */
export function withTransactions(handle: Handle): Handle {
  const turns = new Turns();
  return (request, response) => {
    // Before the turn, because a client may leave while its request waits.
    const closed = new Promise((resolve) => response.once("close", resolve));
    if (request.headers["x-amz-target"] === TRANSACTION)
      void turns.alone(() => transact(handle, request, response));
    else
      void turns.together(async () => {
        handle(request, response);
        await closed;
      });
  };
}

/** Lets work run together with other work of its kind, or alone, in the order in which it came. */
class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #running = new Set<Promise<unknown>>();

  async together(work: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(() => {
      const run = work().finally(() => this.#running.delete(run));
      this.#running.add(run);
    });
    this.#last = turn;
    await turn;
  }

  async alone(work: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(async () => {
      await Promise.all(this.#running);
      await work();
    });
    await this.#last;
  }
}

type Attributes = Readonly<Record<string, unknown>>;

/** What an action writes, and the condition on the item that is there. */
interface Action {
  readonly TableName: string;
  readonly Item?: Attributes;
  readonly Key?: Attributes;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Attributes;
}
type Kind = "Put" | "Delete" | "ConditionCheck";
interface Step {
  readonly kind: Kind;
  readonly action: Action;
  readonly key: Attributes;
}

/** An error as DynamoDB returns it. */
class TableError extends Error {
  readonly body: object;

  constructor(type: string, message: string, more: object = {}) {
    super(message);
    this.body = { __type: type, message, Message: message, ...more };
  }
}

const invalid = (message: string): TableError =>
  new TableError("com.amazon.coral.validate#ValidationException", message);

async function transact(handle: Handle, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const send = (status: number, body: object): void => {
    response.writeHead(status, { "content-type": "application/x-amz-json-1.0" });
    response.end(JSON.stringify(body));
  };
  try {
    const { TransactItems: actions = [] } = JSON.parse(await text(request)) as { TransactItems?: object[] };
    const steps = readSteps(actions);
    await checkConditions(handle, request, steps);
    for (const batch of batches(steps.filter(({ kind }) => kind !== "ConditionCheck")))
      await call(handle, request, "BatchWriteItem", { RequestItems: byTable(batch, toWrite) });
    send(200, {});
  } catch (error) {
    if (error instanceof TableError) send(400, error.body);
    else send(500, { __type: "InternalServerError", message: String(error) });
  }
}

function readSteps(actions: readonly object[]): Step[] {
  if (actions.length === 0 || actions.length > ACTIONS)
    throw invalid(`TransactItems must have 1 to ${ACTIONS} actions, found ${actions.length}`);
  const steps = actions.map((one) => {
    const [[kind, action] = ["", undefined], ...others] = Object.entries(one) as [string, Action][];
    if (others.length > 0 || action === undefined || !["Put", "Delete", "ConditionCheck"].includes(kind))
      throw invalid(`The local table knows Put, Delete and ConditionCheck in a transaction, found ${kind}`);
    const { pk, sk } = action.Item ?? action.Key ?? {};
    return { kind: kind as Kind, action, key: { pk, sk } };
  });
  const names = new Set(steps.map(({ action, key }) => JSON.stringify([action.TableName, key])));
  if (names.size < steps.length)
    throw invalid("Transaction request cannot include multiple operations on one item");
  const sizes = steps.map(({ action }) => (action.Item === undefined ? 0 : itemSize(action.Item)));
  if (sizes.some((size) => size > ITEM_BYTES))
    throw invalid("Item size has exceeded the maximum allowed size");
  if (sizes.reduce((sum, size) => sum + size, 0) > BYTES)
    throw invalid("Transaction size cannot exceed 4 MB");
  return steps;
}

async function checkConditions(
  handle: Handle,
  request: IncomingMessage,
  steps: readonly Step[],
): Promise<void> {
  const present = new Map<string, Attributes>();
  const read = { RequestItems: readsByTable(steps) };
  const { Responses } = (await call(handle, request, "BatchGetItem", read)) as {
    Responses: Readonly<Record<string, Attributes[]>>;
  };
  for (const [table, items] of Object.entries(Responses))
    for (const item of items) present.set(nameOf(table, item), item);
  const parse = conditionParser();
  const reasons = steps.map(({ action, key }) => {
    if (action.ConditionExpression === undefined) return { Code: "None" };
    return matchesExprFilter(present.get(nameOf(action.TableName, key)) ?? {}, parse(action))
      ? { Code: "None" }
      : { Code: "ConditionalCheckFailed", Message: "The conditional request failed" };
  });
  if (reasons.every(({ Code }) => Code === "None")) return;
  const codes = reasons.map(({ Code }) => Code).join(", ");
  throw new TableError(
    "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    { CancellationReasons: reasons },
  );
}

const nameOf = (table: string, { pk, sk }: Attributes): string => JSON.stringify([table, pk, sk]);

/** Parses the conditions of one transaction, equal ones once. */
function conditionParser(): (action: Action) => Condition {
  const parsed = new Map<string, Condition>();
  return (action) => {
    const { ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues } = action;
    const name = JSON.stringify([ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues]);
    const condition = parsed.get(name) ?? parseCondition(action);
    parsed.set(name, condition);
    return condition;
  };
}

function parseCondition(action: Action): Condition {
  const { ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues } = action;
  const parsed: { _condition?: { expression: Condition } } & Partial<Action> = {
    ...{ ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues },
  } as Partial<Action>;
  const problem = validateExpressions(parsed);
  if (problem !== undefined || parsed._condition === undefined) throw invalid(String(problem));
  return parsed._condition.expression;
}

const batches = (steps: readonly Step[]): Step[][] =>
  Array.from({ length: Math.ceil(steps.length / BATCH) }, (_, index) =>
    steps.slice(index * BATCH, (index + 1) * BATCH),
  );

const toWrite = ({ kind, action, key }: Step): object =>
  kind === "Put" ? { PutRequest: { Item: action.Item } } : { DeleteRequest: { Key: key } };

const readsByTable = (steps: readonly Step[]) =>
  Object.fromEntries(
    Object.entries(byTable(steps, ({ key }) => key)).map(([table, keys]) => [
      table,
      { Keys: keys, ConsistentRead: true },
    ]),
  );

function byTable(steps: readonly Step[], read: (step: Step) => object): Record<string, object[]> {
  const found: Record<string, object[]> = {};
  for (const step of steps) {
    const { TableName } = step.action;
    found[TableName] = [...(found[TableName] ?? []), read(step)];
  }
  return found;
}

/** Sends a request to the table in this process. @throws TableError */
async function call(
  handle: Handle,
  { headers }: IncomingMessage,
  operation: string,
  input: object,
): Promise<unknown> {
  const request = new IncomingMessage(new Socket());
  Object.assign(request, { method: "POST", url: "/" });
  const { "content-length": _length, ...others } = headers;
  Object.assign(request.headers, others, { "x-amz-target": PREFIX + operation });
  const response = new ServerResponse(request);
  const body = new Promise<string>((resolve) => {
    response.end = ((chunk: unknown) => {
      resolve(String(chunk));
      return response;
    }) as typeof response.end;
  });
  handle(request, response);
  request.push(JSON.stringify(input));
  request.push(null);
  const answer = JSON.parse(await body) as { __type?: string; message?: string };
  if (response.statusCode === 200) return answer;
  throw new TableError(answer.__type ?? "InternalServerError", answer.message ?? "", answer);
}
