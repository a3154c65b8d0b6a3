/**
 * One database at one path, in any state: absent, live, stopped or replaced. Reads it in the way that neither changes
 * it nor leaves a file next to it.
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
    // The two libraries never open the file at once: `#opened` is the only connection in this process.
    const connection = (isFixed ? openImmutable : openLive)(location.path, this.#runner);
    this.#opened = {
      connection,
      location,
      identity: location.identity,
      holdsLock: !isFixed && !isLive(location),
      isFixed,
      version: () => connection.pragma("data_version"),
      confirm: () => isFixed && refuseStarted(location),
    };
    return this.#opened;
  }

  /** Closes the file, so that the orchestrator's last connection can checkpoint. */
  close(): void {
    this.#opened?.connection.close();
    this.#opened = undefined;
  }
}

/** Throws if an orchestrator started while its stopped database was read, which makes the result invalid. */
function refuseStarted({ path }: Location): void {
  if (!exists(`${path}-wal`)) return;
  throw SourceError.of("unavailable", "the orchestrator is starting or stopping; the next reading retries");
}

/** An immutable connection never notices changes of the file, so another version needs another connection. */
function isStillRight({ isFixed, location }: OpenFile, now: Location): boolean {
  if (location.identity !== now.identity || location.path !== now.path) return false;
  if (isFixed) return location.version === now.version && !now.hasWal;
  return isLive(now) === isLive(location);
}
