/** For a command that answers once: waits until the sums over all history are there. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Repository } from "../repositories/repository.ts";
import type { SourceFailure } from "../repositories/source-failure.ts";

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
    const failures = [parts.queue, parts.cost].flatMap((reading): SourceFailure[] =>
      reading && !reading.ok && reading.failure.progress !== undefined ? [reading.failure] : [],
    );
    const [failure] = failures;
    if (!failure) return;
    if (performance.now() - toldAtMs >= TELL_MILLISECONDS) {
      tell(failure.message);
      toldAtMs = performance.now();
    }
    await sleep(AGAIN_MILLISECONDS);
  }
}
