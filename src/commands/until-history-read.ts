/** For a command that answers once: waits until the sums over all history are there. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "../repositories/fault.ts";
import type { Repository } from "../repositories/repository.ts";

/** Whoever asks once waits longer than whoever asks every few seconds. */
export const PATIENCE_SECONDS = 30;

const AGAIN_MILLISECONDS = 100;
const TELL_MILLISECONDS = 1_000;

/** `tell` hears once a second how far it is. */
export async function untilHistoryRead(
  repository: Repository,
  tell: (message: string) => void,
): Promise<void> {
  let toldAtMs = performance.now();
  for (;;) {
    const { parts } = await repository.read(["queue", "cost"]);
    const faults = [parts.queue, parts.cost].flatMap((reading): Fault[] =>
      reading && !reading.ok && reading.fault.progress !== undefined ? [reading.fault] : [],
    );
    const [fault] = faults;
    if (!fault) return;
    if (performance.now() - toldAtMs >= TELL_MILLISECONDS) {
      tell(fault.message);
      toldAtMs = performance.now();
    }
    await sleep(AGAIN_MILLISECONDS);
  }
}
