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

const keyOf = (receiver: string, delivery: Delivery): string =>
  `${receiver} ${"alert" in delivery ? `alert ${delivery.alert.fingerprint}` : `silence ${delivery.silence.id}`}`;

const targetOf = (delivery: Delivery): string =>
  "alert" in delivery ? delivery.alert.target : (delivery.silence.target ?? "");

/** Returns whether one message may contain both. */
const areAlike = (one: Delivery, other: Delivery): boolean =>
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
    if (worker) worker.owe(item, key);
    else documents.remove(KIND, key);
  }
  for (const worker of workers.values()) worker.wake();

  function startWorker(receiver: Receiver) {
    /** By target, then by alert: targets take turns, however many deliveries another one has. */
    const all = new Map<string, Map<string, Item>>();
    let failures = 0;
    let dropped = 0;
    const counts = { messages: 0, failures: 0, lost: 0 };
    /** Set during a pause after a failure. */
    let timer: NodeJS.Timeout | undefined;
    // One request at a time: a repetition must not arrive after the resolution.
    let chain = Promise.resolve();

    /** Returns the oldest delivery of the next target. */
    function next(): readonly [string, Item] | undefined {
      for (const [target, items] of all) {
        all.delete(target);
        const [first] = items;
        if (!first) continue;
        all.set(target, items);
        return first;
      }
      return undefined;
    }

    async function drain(): Promise<void> {
      if (timer) return;
      for (let owing = next(); owing; owing = next()) {
        if (closed) return;
        const [key, item] = owing;
        const { delivery } = item;
        const others = receiver.grouped ? likeIt(key, delivery) : [];
        try {
          await receiver.send([delivery, ...others.map(([, other]) => other.delivery)], item.id);
          counts.messages += 1;
        } catch (error) {
          if (!(error instanceof Refused)) {
            retryLater(error, "it does not accept alerts; they wait and are retried");
            return;
          }
          counts.lost += 1 + others.length;
          const words = `it refused an alert, which is not sent again: ${summaryOf(delivery)}`;
          complain(receiver.name, words, error.message);
        }
        failures = 0;
        for (const [taken, one] of [owing, ...others]) forget(taken, one);
        commit();
      }
      failures = 0;
      if (dropped > 0) complain(receiver.name, `${dropped} alerts were dropped: it takes too few`, "");
      dropped = 0;
    }

    /** Returns other deliveries of the target that fit into the same message. */
    function likeIt(key: string, delivery: Delivery): readonly (readonly [string, Item])[] {
      const items = all.get(targetOf(delivery)) ?? [];
      return [...items].filter(([other, item]) => other !== key && areAlike(item.delivery, delivery));
    }

    function forget(key: string, item: Item): void {
      const items = all.get(targetOf(item.delivery));
      // A newer state may have replaced it meanwhile.
      if (items?.get(key) !== item) return;
      items.delete(key);
      documents.remove(KIND, key);
    }

    function retryLater(error: unknown, words: string): void {
      counts.failures += 1;
      const asked = error instanceof Busy ? error.pauseMilliseconds : 0;
      const pause = Math.min(LONGEST_PAUSE_MILLISECONDS, Math.max(asked, retryMilliseconds * 2 ** failures));
      if (failures === 0) complain(receiver.name, words, reasonOf(error));
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
      owe(item: Item, key: string) {
        const target = targetOf(item.delivery);
        const items = all.get(target) ?? new Map<string, Item>();
        all.set(target, items);
        // The new state replaces the old one and moves to the end.
        items.delete(key);
        items.set(key, item);
        if (items.size <= MOST_OF_A_TARGET) return;
        const resolved = [...items].find(
          ([, { delivery }]) => "alert" in delivery && delivery.alert.state === "resolved",
        );
        const oldest = resolved?.[0] ?? items.keys().next().value ?? key;
        items.delete(oldest);
        documents.remove(KIND, oldest);
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
        return { name: receiver.name, ...counts, waiting };
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
        const key = keyOf(name, delivery);
        documents.put(KIND, key, item);
        const worker = workers.get(name);
        worker?.owe(item, key);
        worker?.wake();
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

const summaryOf = (delivery: Delivery): string =>
  "alert" in delivery ? `${delivery.alert.target}: ${delivery.alert.summary}` : delivery.kind;
