/**
 * One database at one path, however it stands there: absent, live, stopped, replaced. Picks the way to read
 * it that neither changes it nor leaves a file beside it.
 */

import type { Profile } from "../../profiles/profile.ts";
import { SourceError } from "../fault.ts";
import type { PartName, SectionExamination, Snapshot } from "../repository.ts";
import { SQLITE } from "../sql/dialect.ts";
import { sourceEpochs } from "../sql/epoch.ts";
import type { History } from "../sql/history/history.ts";
import type { PartContext } from "../sql/part-context.ts";
import { allBroken, bug } from "../sql/read-parts.ts";
import type { Resting } from "../sql/rests.ts";
import { Source } from "../sql/source.ts";
import { faultFor } from "./faults.ts";
import { type Guard, untimed } from "./guard.ts";
import { type HistoryAsOf, LiveReader, type LiveReading } from "./live-reader.ts";
import { localPaths } from "./local-paths.ts";
import { isMountPoint, type Location, locate, refuseHarmfulUser, refuseUnreadable } from "./location.ts";
import { newHistory } from "./new-history.ts";
import { newPageSums, type PageSums } from "./page-hints.ts";
import { look, type Seen } from "./seen.ts";
import type { StoppedRequest } from "./stopped-process.ts";
import { StoppedReader } from "./stopped-reader.ts";

export interface ReaderOptions extends Pick<PartContext, "maxItems" | "terminalStages"> {
  readonly databasePath: string;
  readonly profile: Profile;
}

export interface ReaderAnswer {
  readonly snapshot: Snapshot;
  /** For the parts that are as they were: how far their history has been verified since. */
  readonly historyAsOf: HistoryAsOf;
  /** Before the reading; undefined where nothing shows whether what was read holds still, or to look may hang. */
  readonly seen?: Seen | undefined;
  /** Stacks of what should never happen, for the log. */
  readonly unexpected: readonly string[];
}

/** How far the history of a live database has been read. */
export interface HistoryWork {
  /** False until all of it has been read once. */
  readonly isComplete: boolean;
  readonly segments: number;
  /** Segments that a commit may have made untrue, to be verified now. */
  readonly suspects: number;
  /** Whether each piece holds up the writer: on a rollback journal. */
  readonly locks: boolean;
}

/** How far the file's pages have been looked at. */
export interface PageWork {
  /** False until each page has been seen once. */
  readonly isComplete: boolean;
}

/** What outlives a connection. */
interface Kept {
  readonly identity: string;
  readonly history: History;
  readonly pageSums: PageSums;
}

export class DatabaseReader {
  readonly #options: ReaderOptions;
  readonly #guard: Guard;
  readonly #source: Source;
  readonly #epochOf = sourceEpochs();
  readonly #stopped = new StoppedReader();
  readonly #isLocal = localPaths();
  #live: LiveReader | undefined;
  /** A file that is no mount point: a mount over it would be another file, or at another path. */
  #unmounted: string | undefined;
  /** It is kept while the connection is let go, since the orchestrator's own steps can be told afterwards. */
  #kept: Kept | undefined;

  constructor(options: ReaderOptions, guard: Guard = untimed) {
    this.#options = options;
    this.#guard = guard;
    this.#source = new Source(options.profile, SQLITE);
  }

  /** Never rejects: what fails is in the snapshot. */
  async read(parts: readonly PartName[], nowMs: number, resting: Resting = {}): Promise<ReaderAnswer> {
    const unexpected: string[] = [];
    this.#source.noteResting(resting);
    try {
      const location = locate(this.#options.databasePath);
      const rows = await this.#read(location, { parts, nowMs, resting }, unexpected);
      const sourceEpoch = this.#epochOf(location.identity, rows.highestKeys);
      return {
        snapshot: { sourceEpoch, parts: rows.parts },
        historyAsOf: rows.historyAsOf,
        seen: this.#isLocal(location.path) ? rows.seen : undefined,
        unexpected,
      };
    } catch (error) {
      // A writer's lock passes; to look anew what lies at the path takes a process.
      if (!isBusy(error)) this.release();
      const fault = faultFor(error) ?? bug(error, unexpected);
      return {
        snapshot: { sourceEpoch: "", parts: allBroken(parts, fault) },
        historyAsOf: { queue: 0, cost: 0 },
        unexpected,
      };
    }
  }

  async #read(
    location: Location,
    { parts, nowMs, resting }: Pick<StoppedRequest, "parts" | "nowMs" | "resting">,
    unexpected: string[],
  ): Promise<LiveReading> {
    const { maxItems, terminalStages, profile } = this.#options;
    const context = { maxItems, terminalStages, nowMs };
    if (
      this.#live &&
      (this.#live.identity !== location.identity || (this.#live.isWal && !isLive(location)))
    ) {
      this.release();
    }
    if (!this.#live) refuseUnreadable(location);
    if (!this.#live && !isLive(location)) {
      refuseHalfWal(location);
      const answer = await this.#stopped.read(location, { ...context, profile, parts, resting });
      unexpected.push(...answer.unexpected);
      if (answer.journal === "wal" && !answer.walAppeared) {
        this.#refuseLoneFile(location);
        return { ...answer, seen: look(location, undefined) };
      }
      if (answer.walAppeared) {
        const again = locate(this.#options.databasePath);
        refuseHalfWal(again);
        if (!isLive(again))
          throw new SourceError({
            code: "unavailable",
            message: "the orchestrator is starting or stopping; the next reading tries again",
          });
      }
    }
    this.#live ??= this.#open(location);
    return this.#live.read(location, parts, context, unexpected);
  }

  /** Runs and explains each SELECT of the profile; empty where the database cannot be read. */
  async examine(nowMs: number, resting: Resting = {}): Promise<readonly SectionExamination[]> {
    const { snapshot } = await this.read([], nowMs, resting);
    if (snapshot.sourceEpoch === "") return [];
    if (this.#live) return this.#live.examine();
    const { databasePath, maxItems, terminalStages, profile } = this.#options;
    const context = { maxItems, terminalStages, profile, nowMs, parts: [], resting };
    return this.#stopped.examine(locate(databasePath), context);
  }

  /**
   * Reads one more piece of a live database's history. Undefined where nothing is left to do: no connection,
   * or all of it read in this very state.
   */
  stepHistory(nowMs: number): HistoryWork | undefined {
    if (!this.#live || !this.#kept) return undefined;
    const { history } = this.#kept;
    try {
      if (!this.#live.stepHistory(nowMs)) return undefined;
      return {
        isComplete: history.isComplete,
        segments: history.segmentCount,
        suspects: history.suspectCount(nowMs),
        locks: !this.#live.isWal,
      };
    } catch {
      // The writer's lock, say, or a file that is gone: the next reading says what it is.
      return undefined;
    }
  }

  /**
   * Looks at one more piece of a live database's file for what commits changed. Undefined where there is no need,
   * or no way.
   */
  stepPages(): PageWork | undefined {
    if (!this.#live || !this.#kept) return undefined;
    try {
      return this.#live.stepPages() ? { isComplete: this.#kept.pageSums.isComplete } : undefined;
    } catch {
      // As above.
      return undefined;
    }
  }

  /** Lets go of the file, so that the orchestrator's own last connection can checkpoint. */
  release(): void {
    this.#live?.close();
    this.#live = undefined;
    this.#stopped.close();
  }

  #refuseLoneFile({ identity, path }: Location): void {
    const file = `${identity}:${path}`;
    if (file === this.#unmounted) return;
    if (isMountPoint(path))
      throw new SourceError({
        code: "failed_precondition",
        message:
          "only the database file is mounted here, without the -wal file that holds its newest rows: mount its folder",
      });
    this.#unmounted = file;
  }

  #open(location: Location): LiveReader {
    const { path, identity } = location;
    if (isLive(location)) refuseHarmfulUser(location);
    if (this.#kept?.identity !== identity)
      this.#kept = { identity, history: newHistory(this.#source), pageSums: newPageSums() };
    return new LiveReader({ path, source: this.#source, guard: this.#guard, ...this.#kept });
  }
}

function isBusy(error: unknown): boolean {
  return (error as { code?: unknown }).code === "SQLITE_BUSY";
}

/** Both files beside it: an orchestrator in WAL mode runs, or was killed. Opening it then creates nothing. */
function isLive({ hasWal, hasShm }: Location): boolean {
  return hasWal && hasShm;
}

/** To read a -wal without its -shm, SQLite would have to create one. */
function refuseHalfWal({ hasWal, hasShm }: Location): void {
  if (!hasWal || hasShm) return;
  throw new SourceError({
    code: "unavailable",
    message:
      "the database has a -wal file but no -shm file: it can be read again once the orchestrator has opened it",
  });
}
