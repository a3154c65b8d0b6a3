/**
 * Ends this process once a statement takes longer than it may. Nothing else can: neither better-sqlite3 nor node:sqlite
 * has `sqlite3_interrupt`, both leave the progress handler out, and a thread within SQLite does not hear that it is to
 * end. SIGKILL is harmless to the database: the system takes the locks away (sqlite.org/lockingv3.html).
 *
 * A thread watches, so that it works without the parent too.
 */
import { Worker } from "node:worker_threads";

/** How late the end may come. */
const LOOK_MILLISECONDS = 50;

const [ALLOWED, STATEMENT, NEVER] = [0, 1, 2];

const WATCH = `
  const { workerData: shared } = require("node:worker_threads");
  let [statement, since] = [-1, 0];
  for (;;) {
    Atomics.wait(shared, ${ALLOWED}, 0);
    const [allowed, current, now] = [shared[${ALLOWED}], shared[${STATEMENT}], performance.now()];
    if (current !== statement) [statement, since] = [current, now];
    else if (allowed > 0 && now - since > allowed) process.kill(process.pid, "SIGKILL");
    Atomics.wait(shared, ${NEVER}, 0, ${LOOK_MILLISECONDS});
  }`;

export interface Overstay {
  began(allowedMilliseconds: number): void;
  ended(): void;
}

export function endOnOverstay(): Overstay {
  const shared = new Int32Array(new SharedArrayBuffer(12));
  const thread = new Worker(WATCH, {
    eval: true,
    workerData: shared,
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 },
  });
  thread.unref();
  return {
    began(allowedMilliseconds) {
      Atomics.add(shared, STATEMENT, 1);
      Atomics.store(shared, ALLOWED, allowedMilliseconds);
      Atomics.notify(shared, ALLOWED);
    },
    ended() {
      Atomics.store(shared, ALLOWED, 0);
    },
  };
}
