/**
 * Overlapping calls share one collection, so that the sources are read once for any number of clients. A call never
 * receives a collection that began before it, so its result includes everything committed before the request.
 */
import { setImmediate } from "node:timers/promises";

interface Round<T> {
  running: Promise<T> | undefined;
  next: Promise<T> | undefined;
}

/** `run` must not reject. Calls with different keys share nothing. Every key is kept, so there should be few. */
export function coalesce<Key extends string, T>(run: (key: Key) => Promise<T>): (key: Key) => Promise<T> {
  const rounds = new Map<Key, Round<T>>();

  function start(key: Key, round: Round<T>): Promise<T> {
    round.next = undefined;
    const running = run(key).finally(() => {
      if (round.running === running) round.running = undefined;
    });
    round.running = running;
    return running;
  }

  return (key) => {
    const round: Round<T> = rounds.get(key) ?? { running: undefined, next: undefined };
    rounds.set(key, round);
    round.next ??= (round.running ?? setImmediate()).then(() => start(key, round));
    return round.next;
  };
}
