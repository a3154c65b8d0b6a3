/**
 * Where the newest commits wrote, from the frames of the -wal file. Nobody locks the -wal, so that opening and
 * closing it drops nobody's locks. The format: sqlite.org/fileformat.html, 4.
 */
import { closeSync, openSync, readSync } from "node:fs";
import { descriptorOf } from "./open-descriptor.ts";
import type { Hint, Page } from "./table-page.ts";
import { WidePages } from "./wide-pages.ts";

const WAL_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/** So that a look stays short even at a -wal of a gigabyte; the next look goes on from there. */
const FRAMES_A_LOOK = 128;

export class WalHints {
  readonly #descriptor: number | undefined;
  readonly #header = Buffer.alloc(WAL_HEADER_BYTES);
  #frame = Buffer.alloc(0);
  /** The frames of one run through the file share two random numbers; what follows with others is old. */
  #salts = "";
  #next = 0;
  readonly #wide = new WidePages();
  readonly #databasePath: string;

  constructor(databasePath: string) {
    this.#databasePath = databasePath;
    try {
      this.#descriptor = openSync(`${databasePath}-wal`, "r");
    } catch {
      this.#descriptor = undefined;
    }
  }

  /** The hints of the frames written since the last call. */
  take(): readonly Hint[] {
    if (this.#descriptor === undefined) return [];
    if (readSync(this.#descriptor, this.#header, 0, WAL_HEADER_BYTES, 0) < WAL_HEADER_BYTES) return [];
    const salts = this.#header.toString("latin1", 16, 24);
    if (salts !== this.#salts) {
      this.#salts = salts;
      this.#next = 0;
      this.#frame = Buffer.alloc(FRAME_HEADER_BYTES + this.#header.readUInt32BE(8));
    }
    const hints: Hint[] = [];
    for (let count = 0; count < FRAMES_A_LOOK && this.#readFrame(this.#descriptor); count += 1) {
      this.#next += 1;
      const page = this.#frame.subarray(FRAME_HEADER_BYTES);
      const number = this.#frame.readUInt32BE(0);
      const hint = this.#wide.hintOf(number, page, () => this.#checkpointed(number, page.length));
      if (hint) hints.push(hint);
    }
    return hints;
  }

  #readFrame(descriptor: number): boolean {
    const { length } = this.#frame;
    const position = WAL_HEADER_BYTES + this.#next * length;
    if (readSync(descriptor, this.#frame, 0, length, position) < length) return false;
    return this.#frame.toString("latin1", 8, 16) === this.#salts;
  }

  /** A page as it is in the database's file: as it was before, unless it was checkpointed since. */
  #checkpointed(number: number, bytes: number): Page | undefined {
    const descriptor = descriptorOf(this.#databasePath);
    if (descriptor === undefined) return undefined;
    const page = Buffer.alloc(bytes);
    return readSync(descriptor, page, 0, bytes, (number - 1) * bytes) === bytes ? page : undefined;
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
  }
}
