/**
 * One database at one path, however it stands there: absent, live, stopped, replaced. Picks the way to read it that neither
 * changes it nor leaves a file beside it.
 */
import { SourceError } from "../source-failure.ts";
import { openImmutable, openLive } from "./connection.ts";
import {
  exists,
  isLive,
  isWalFile,
  type Location,
  locate,
  refuseHalfWal,
  refuseHarmfulUser,
  refuseLoneFile,
  refuseUnreadable,
} from "./location.ts";
import type { StatementRunner } from "./statement-runner.ts";
import type { OpenStore, Store } from "./store.ts";

interface OpenFile extends OpenStore {
  readonly location: Location;
}

export class DatabaseFile implements Store {
  readonly #path: string;
  readonly #runner: StatementRunner;
  #opened: OpenFile | undefined;

  constructor(path: string, runner: StatementRunner) {
    this.#path = path;
    this.#runner = runner;
  }

  get opened(): OpenStore | undefined {
    return this.#opened;
  }

  open(): OpenStore {
    const location = locate(this.#path);
    if (this.#opened && !isStillRight(this.#opened, location)) this.close();
    if (this.#opened) return this.#opened;
    refuseUnreadable(location);
    refuseHalfWal(location);
    const isFixed = !isLive(location) && isWalFile(location.path);
    if (isFixed) refuseLoneFile(location);
    else if (isLive(location)) refuseHarmfulUser(location);
    // Never both libraries on one file: there is no other connection in this process, since `#opened` is the only one.
    const connection = (isFixed ? openImmutable : openLive)(location.path, this.#runner);
    this.#opened = {
      connection,
      location,
      identity: location.identity,
      holdsLock: !isFixed && !isLive(location),
      isFixed,
      version: () => connection.pragma("data_version"),
      confirm: () => isFixed && refuseStarted(location),
      checkedSchema: undefined,
      readVersion: undefined,
    };
    return this.#opened;
  }

  /** So that the orchestrator's own last connection can checkpoint. */
  close(): void {
    this.#opened?.connection.close();
    this.#opened = undefined;
  }

  readonly isIncomplete = false;

  step(): boolean {
    return false;
  }

  unread(): undefined {}
}

/** An orchestrator that starts while its stopped database is read makes what was read void. */
function refuseStarted({ path }: Location): void {
  if (!exists(`${path}-wal`)) return;
  throw SourceError.of(
    "unavailable",
    "the orchestrator is starting or stopping; the next reading tries again",
  );
}

/** An immutable connection never looks at the file's changes: another version is another connection. */
function isStillRight({ isFixed, location }: OpenFile, now: Location): boolean {
  if (location.identity !== now.identity || location.path !== now.path) return false;
  if (isFixed) return location.version === now.version && !now.hasWal;
  return isLive(now) === isLive(location);
}
