/**
 * What the receivers have yet to take, each its own in order. It lies in the documents, so that neither a receiver that
 * is down nor a restart loses anything; one that was sent just before a crash may be sent twice.
 */
import type { Alert } from "../api.ts";
import type { Documents } from "../history/documents.ts";
import { type Delivery, type Receiver, Refused } from "./delivery.ts";

export interface OutboxOptions {
  readonly documents: Documents;
  readonly receivers: readonly Receiver[];
  /** Makes the documents durable, at once. */
  readonly commit: () => void;
  /** The first pause after a failure; each further one is twice as long, a minute at most. */
  readonly retryMilliseconds: number;
  /** What goes wrong, in words; `detail` is what the receiver said. */
  readonly complain: (receiver: string, words: string, detail: string) => void;
}

export interface Outbox {
  push(delivery: Delivery): void;
  /** To those receivers that must hear of it again and again. */
  repeat(firing: readonly Alert[]): void;
  close(): Promise<void>;
}

const KIND = "outbox";
const LONGEST_PAUSE_MILLISECONDS = 60_000;
/** A receiver that is gone for good must not fill the memory. */
const MOST_ITEMS = 10_000;

interface Item {
  readonly receiver: string;
  readonly delivery: Delivery;
}

export function openOutbox({
  documents,
  receivers,
  commit,
  retryMilliseconds,
  complain,
}: OutboxOptions): Outbox {
  const queues = new Map<string, Map<string, Delivery>>();
  let last = 0;
  let closed = false;
  for (const { name } of receivers) queues.set(name, new Map());
  for (const [key, { receiver, delivery }] of [...documents.all<Item>(KIND)].sort(([a], [b]) =>
    a < b ? -1 : 1,
  )) {
    last = Math.max(last, Number(key));
    // A receiver that is no longer set is not owed anything.
    if (queues.has(receiver)) queues.get(receiver)?.set(key, delivery);
    else documents.remove(KIND, key);
  }
  const workers = new Map(receivers.map((receiver) => [receiver.name, startWorker(receiver)]));

  function startWorker(receiver: Receiver) {
    const queue = queues.get(receiver.name) ?? new Map<string, Delivery>();
    let failures = 0;
    let timer: NodeJS.Timeout | undefined;
    // One thing at a time: what is said again must not arrive after the word that it is over.
    let chain = Promise.resolve();

    async function drain(): Promise<void> {
      for (const [key, delivery] of queue) {
        if (closed) return;
        try {
          await receiver.send(delivery, key);
        } catch (error) {
          if (!(error instanceof Refused)) {
            retryLater(error as Error);
            return;
          }
          complain(
            receiver.name,
            `it refuses an alert, which is lost to it: ${summaryOf(delivery)}`,
            error.message,
          );
        }
        failures = 0;
        queue.delete(key);
        documents.remove(KIND, key);
        commit();
      }
    }

    function retryLater(error: Error): void {
      const pause = Math.min(LONGEST_PAUSE_MILLISECONDS, retryMilliseconds * 2 ** failures);
      if (failures === 0) complain(receiver.name, "it cannot be reached; alerts wait for it", wordsOf(error));
      failures = Math.min(failures + 1, 10);
      clearTimeout(timer);
      timer = setTimeout(wake, pause);
      timer.unref();
    }

    function wake(): void {
      chain = chain.then(drain);
    }

    return {
      wake() {
        // While it is down, its own pause decides.
        if (failures === 0) wake();
      },
      repeat(firing: readonly Alert[]) {
        if (!receiver.repeat || queue.size > 0) return;
        const say = receiver.repeat;
        chain = chain.then(async () => {
          if (closed) return;
          await say(firing).catch((error: Error) =>
            complain(receiver.name, "it cannot be told again what fires", wordsOf(error)),
          );
        });
      },
      async close() {
        clearTimeout(timer);
        await chain;
      },
    };
  }

  for (const worker of workers.values()) worker.wake();

  return {
    push(delivery) {
      for (const { name, kinds } of receivers) {
        if (!kinds.includes(delivery.kind)) continue;
        last += 1;
        const key = String(last).padStart(12, "0");
        const queue = queues.get(name);
        queue?.set(key, delivery);
        documents.put(KIND, key, { receiver: name, delivery } satisfies Item);
        const [oldest] = queue && queue.size > MOST_ITEMS ? queue.keys() : [];
        if (oldest !== undefined) {
          queue?.delete(oldest);
          documents.remove(KIND, oldest);
          complain(name, `more than ${MOST_ITEMS} alerts wait for it; the oldest is dropped`, "");
        }
        workers.get(name)?.wake();
      }
    },
    repeat(firing) {
      for (const worker of workers.values()) worker.repeat(firing);
    },
    async close() {
      closed = true;
      await Promise.all([...workers.values()].map((worker) => worker.close()));
    },
  };
}

const summaryOf = ({ alert }: Delivery): string => `${alert.target}: ${alert.summary}`;

/** `fetch` says only that it failed; the cause says why. */
function wordsOf(error: Error): string {
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
