/**
 * The deliveries that receivers have not accepted yet: only the latest state of each alert, so that a long outage of a receiver
 * loses no state and needs bounded memory. Stored in the documents, over a restart too. What was sent just before a crash
 * may be sent twice.
 */
import type { Alert } from "../api.ts";
import type { Documents } from "../history/documents.ts";
import { reasonOf } from "../reason.ts";
import { Busy, type Delivery, type Receiver, Refused } from "./delivery.ts";

export interface OutboxOptions {
  readonly documents: Documents;
  readonly receivers: readonly Receiver[];
  /** Writes the documents to disk at once. */
  readonly commit: () => void;
  /** The first pause after a failure. Each further one is twice as long, or as long as the receiver asks, up to a minute. */
  readonly retryMilliseconds: number;
  /** Reports a failure in words; `detail` is the receiver's answer. */
  readonly complain: (receiver: string, words: string, detail: string) => void;
}

/** Counts of one receiver since the start. */
export interface ReceiverCounts {
  readonly name: string;
  readonly messages: number;
  readonly failures: number;
  readonly lost: number;
  /** Deliveries that wait now. */
  readonly waiting: number;
}

const KIND = "outbox";
const LONGEST_PAUSE_MILLISECONDS = 60_000;
/** The limit for each target. More are resolved alerts of old runs, and would fill the memory. */
const MOST_OF_A_TARGET = 1_000;

interface Item {
  readonly receiver: string;
  readonly delivery: Delivery;
  /** Identifies this state of the alert. */
  readonly id: string;
}

const keyOf = ({ receiver, delivery }: Item): string =>
  `${receiver} ${"alert" in delivery ? `alert ${delivery.alert.fingerprint}` : `silence ${delivery.silence.id}`}`;

const targetOf = ({ delivery }: Item): string =>
  "alert" in delivery ? delivery.alert.target : (delivery.silence.target ?? "");

const summaryOf = ({ delivery }: Item): string =>
  "alert" in delivery ? `${delivery.alert.target}: ${delivery.alert.summary}` : delivery.kind;

const isResolved = ({ delivery }: Item): boolean =>
  "alert" in delivery && delivery.alert.state === "resolved";

/** Returns whether one message may contain both. */
const areAlike = ({ delivery: one }: Item, { delivery: other }: Item): boolean =>
  "alert" in one &&
  "alert" in other &&
  one.kind === other.kind &&
  one.alert.rule === other.alert.rule &&
  one.alert.state === other.alert.state;

export function openOutbox(options: OutboxOptions) {
  const { documents, receivers, commit, retryMilliseconds, complain } = options;
  let last = Date.now();
  let closed = false;
  const workers = new Map(receivers.map((receiver) => [receiver.name, startWorker(receiver)]));
  const stored = [...documents.all<Item>(KIND)].sort(([, a], [, b]) => (a.id < b.id ? -1 : 1));
  for (const [key, item] of stored) {
    const worker = workers.get(item.receiver);
    // A receiver that is no longer configured receives nothing.
    if (worker) worker.owe(item);
    else documents.remove(KIND, key);
  }
  for (const worker of workers.values()) worker.wake();

  function startWorker(receiver: Receiver) {
    const { name } = receiver;
    /** By target, then by alert: targets take turns, however many deliveries another one has. */
    const all = new Map<string, Map<string, Item>>();
    let failures = 0;
    let dropped = 0;
    const counts = { messages: 0, failures: 0, lost: 0 };
    /** Set during a pause after a failure. */
    let timer: NodeJS.Timeout | undefined;
    // One request at a time: a repetition must not arrive after the resolution.
    let chain = Promise.resolve();

    /** Returns the oldest delivery of the next target, and others that fit into the same message. */
    function next(): readonly Item[] {
      for (const [target, items] of all) {
        all.delete(target);
        const [first] = items.values();
        if (!first) continue;
        all.set(target, items);
        return receiver.grouped ? [...items.values()].filter((item) => areAlike(item, first)) : [first];
      }
      return [];
    }

    async function drain(): Promise<void> {
      if (timer) return;
      for (let [first, ...others] = next(); first; [first, ...others] = next()) {
        if (closed) return;
        try {
          await receiver.send([first.delivery, ...others.map(({ delivery }) => delivery)], first.id);
          counts.messages += 1;
        } catch (error) {
          if (!(error instanceof Refused)) {
            retryLater(error, "it does not accept alerts; they wait and are retried");
            return;
          }
          counts.lost += 1 + others.length;
          complain(name, `it refused an alert, which is not sent again: ${summaryOf(first)}`, error.message);
        }
        failures = 0;
        for (const item of [first, ...others]) forget(item);
        commit();
      }
      failures = 0;
      if (dropped > 0) complain(name, `${dropped} alerts were dropped: it takes too few`, "");
      dropped = 0;
    }

    function forget(item: Item): void {
      const items = all.get(targetOf(item));
      const key = keyOf(item);
      // A newer state may have replaced it meanwhile.
      if (items?.get(key) !== item) return;
      items.delete(key);
      documents.remove(KIND, key);
    }

    function retryLater(error: unknown, words: string): void {
      counts.failures += 1;
      const asked = error instanceof Busy ? error.pauseMilliseconds : 0;
      const pause = Math.min(LONGEST_PAUSE_MILLISECONDS, Math.max(asked, retryMilliseconds * 2 ** failures));
      if (failures === 0) complain(name, words, reasonOf(error));
      failures += 1;
      timer = setTimeout(() => {
        timer = undefined;
        wake();
      }, pause);
      timer.unref();
    }

    function wake(): void {
      chain = chain.then(drain);
    }

    return {
      owe(item: Item): void {
        const items = all.get(targetOf(item)) ?? new Map<string, Item>();
        all.set(targetOf(item), items);
        // The new state replaces the old one and moves to the end.
        items.delete(keyOf(item));
        items.set(keyOf(item), item);
        if (items.size <= MOST_OF_A_TARGET) return;
        const [oldest = item] = items.values();
        forget([...items.values()].find(isResolved) ?? oldest);
        dropped += 1;
        counts.lost += 1;
      },
      wake,
      repeat(firing: readonly Alert[]) {
        chain = chain.then(async () => {
          if (closed || timer || all.size > 0) return;
          await receiver
            .repeat?.(firing)
            .catch((error: unknown) => retryLater(error, "resending the open alerts failed"));
        });
      },
      get counts() {
        const waiting = [...all.values()].reduce((sum, items) => sum + items.size, 0);
        return { name, ...counts, waiting };
      },
      async close() {
        clearTimeout(timer);
        await chain;
      },
    };
  }

  return {
    push(delivery: Delivery): void {
      for (const { name, kinds } of receivers) {
        if (!kinds.includes(delivery.kind)) continue;
        last += 1;
        const item: Item = { receiver: name, delivery, id: String(last) };
        documents.put(KIND, keyOf(item), item);
        workers.get(name)?.owe(item);
        workers.get(name)?.wake();
      }
    },
    /** Repeats firing alerts to receivers that forget them. */
    repeat(firing: readonly Alert[]): void {
      for (const worker of workers.values()) worker.repeat(firing);
    },
    get counts(): readonly ReceiverCounts[] {
      return [...workers.values()].map((worker) => worker.counts);
    },
    async close(): Promise<void> {
      closed = true;
      await Promise.all([...workers.values()].map((worker) => worker.close()));
    },
  };
}
