/** A dead-man's switch: a GET at intervals while targets are polled, to a service that raises an alarm when the GETs stop. */
import { reasonOf } from "./reason.ts";
import { receiverAddress, sendJson } from "./receivers/delivery.ts";

export interface HeartbeatOptions {
  /** Null: no heartbeat is sent. */
  readonly url: string | null;
  readonly everyMilliseconds: number;
  /** Returns whether targets are polled and judged. */
  readonly isAlive: (now: number) => boolean;
  /** Called once for consecutive failures. */
  readonly complain: (reason: string) => void;
}

export function createHeartbeat({ url, everyMilliseconds, isAlive, complain }: HeartbeatOptions) {
  if (url === null) return undefined;
  const address = receiverAddress(url);
  let sentAt = Number.NEGATIVE_INFINITY;
  let isUnderWay = false;
  let isAnswered = true;
  let failures = 0;

  async function send(): Promise<void> {
    isUnderWay = true;
    const failure = await sendJson("GET", address, "", undefined).then(() => undefined, reasonOf);
    isUnderWay = false;
    if (failure !== undefined) failures += 1;
    if (failure !== undefined && isAnswered) complain(failure);
    isAnswered = failure === undefined;
  }

  return {
    /** Since the start. */
    get failures() {
      return failures;
    },
    tick(now: number): void {
      // The clock can be set back.
      if (isUnderWay || Math.abs(now - sentAt) < everyMilliseconds || !isAlive(now)) return;
      sentAt = now;
      void send();
    },
  };
}
