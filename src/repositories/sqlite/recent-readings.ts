/**
 * What was read a moment ago and holds still, so that who asks a thousand times a second need not wait for the thread
 * that reads each time. To find that it holds takes three stat(2) and one read(2), without a lock, a query, or a wait.
 */
import type { PartName, Snapshot } from "../repository.ts";
import { becameDue, type PartReadings } from "../sql/read-parts.ts";
import { dated } from "./dated.ts";
import { locateAgain } from "./location.ts";
import { look, type Seen } from "./seen.ts";

/**
 * Then the thread is asked again: it lets go of the file once nobody asks it, goes on with its work behind the
 * readings when it is asked, and tells how far that has come.
 */
const TRUSTED_MILLISECONDS = 1_000;

interface Recent {
  readonly seen: Seen;
  readonly sourceEpoch: string;
  readonly parts: PartReadings;
  /** Unix epoch milliseconds, as the reading was told. */
  readonly nowMs: number;
  readonly notedAt: number;
}

export class RecentReadings {
  readonly #databasePath: string;
  #recent: Recent | undefined;

  constructor(databasePath: string) {
    this.#databasePath = databasePath;
  }

  /**
   * In place of what was noted before: parts of an earlier reading would outlive their time with each reading of others.
   * `seen` before the reading; undefined where what was read cannot be trusted for longer.
   */
  note({ sourceEpoch, parts }: Snapshot, seen: Seen | undefined, nowMs: number): void {
    this.#recent = seen && { seen, sourceEpoch, parts, nowMs, notedAt: performance.now() };
  }

  /** Undefined where the thread is to be asked. */
  recall(names: readonly PartName[], nowMs: number): Snapshot | undefined {
    const recent = this.#recent;
    if (!recent || performance.now() - recent.notedAt > TRUSTED_MILLISECONDS) return undefined;
    const { parts, sourceEpoch } = recent;
    // A clock that was set back makes due what was not.
    if (nowMs < recent.nowMs || !names.every((name) => isSound(parts[name], nowMs))) return undefined;
    if (!this.#isAsSeen(recent.seen)) return undefined;
    // Where all of history was verified by then, it is by now: nothing was committed since.
    const asOfMs = (_: string, before: unknown) => (before === recent.nowMs ? nowMs : before);
    const holding = names.map((name) => [name, dated(name, parts[name], asOfMs)]);
    return { sourceEpoch, parts: Object.fromEntries(holding) };
  }

  #isAsSeen({ text, path, indexDescriptor }: Seen): boolean {
    try {
      return look(locateAgain(this.#databasePath, path), indexDescriptor)?.text === text;
    } catch {
      // It is gone: the reading says so.
      return false;
    }
  }
}

function isSound(reading: PartReadings[PartName], nowMs: number): boolean {
  return reading?.ok === true && !becameDue(reading, nowMs);
}
