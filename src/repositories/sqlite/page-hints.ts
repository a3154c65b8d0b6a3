/**
 * Where commits wrote in a database with a rollback journal, which leaves no trace of them behind: the file's pages
 * are read round and round, and a page whose checksum is another than before was written. That takes no lock and so
 * holds up nobody. The pages are read through the descriptor that SQLite has open: to open and close one of our own
 * would drop the locks of this process (sqlite.org/howtocorrupt.html, 2.2).
 */
import { readSync } from "node:fs";
import { crc32 } from "node:zlib";
import { descriptorOf, isFile } from "./open-descriptor.ts";
import type { Hint } from "./table-page.ts";
import { WidePages } from "./wide-pages.ts";

/** A piece takes a fraction of a millisecond. A multiple of every page size. */
const BYTES_A_PIECE = 512 * 1024;

/** Where the file's header has the page size; 1 stands for 65,536: sqlite.org/fileformat.html, 1.3.2. */
const PAGE_SIZE_OFFSET = 16;
const SMALLEST_PAGE = 512;

/** The checksums of a file's pages; they outlive the connections to it. */
export interface PageSums {
  sums: Uint32Array;
  readonly wide: WidePages;
  /** Pages whose sums are known. */
  known: number;
  /** The page that is read next. */
  next: number;
  /** Whether all pages have been read once. */
  isComplete: boolean;
}

export function newPageSums(): PageSums {
  return { sums: new Uint32Array(0), wide: new WidePages(), known: 0, next: 0, isComplete: false };
}

export class PageHints {
  readonly #path: string;
  readonly #pages: PageSums;
  readonly #buffer = Buffer.allocUnsafe(BYTES_A_PIECE);
  #descriptor: number | undefined;

  constructor(path: string, pages: PageSums) {
    this.#path = path;
    this.#pages = pages;
    this.#descriptor = descriptorOf(path);
  }

  /** Whether there is a way to the pages: procfs tells the descriptor. */
  get isPossible(): boolean {
    return this.#descriptor !== undefined;
  }

  /** Whether each page has been seen once. */
  get isComplete(): boolean {
    return this.#pages.isComplete;
  }

  /** The hints of the next piece of the file: none in the first round, which only learns the sums. */
  take(): readonly Hint[] {
    const descriptor = this.#ownDescriptor();
    if (descriptor === undefined) return [];
    const pages = this.#pages;
    const pageBytes = this.#pageBytes(descriptor);
    // An empty file has none yet.
    if (pageBytes < SMALLEST_PAGE) return [];
    const length = readSync(descriptor, this.#buffer, 0, BYTES_A_PIECE, pages.next * pageBytes);
    const count = Math.floor(length / pageBytes);
    const hints: Hint[] = [];
    for (let index = 0; index < count; index += 1) {
      const page = this.#buffer.subarray(index * pageBytes, (index + 1) * pageBytes);
      if (!this.#isAsBefore(pages.next + index, crc32(page))) {
        if (!pages.isComplete) pages.wide.learn(pages.next + index, page);
        else {
          const hint = pages.wide.hintOf(pages.next + index, page);
          if (hint) hints.push(hint);
        }
      }
    }
    pages.next += count;
    if (length < BYTES_A_PIECE) {
      pages.next = 0;
      pages.isComplete = true;
    }
    return hints;
  }

  /** Not by the PRAGMA, which would wait for the writer's lock. */
  #pageBytes(descriptor: number): number {
    readSync(descriptor, this.#buffer, 0, 2, PAGE_SIZE_OFFSET);
    const told = this.#buffer.readUInt16BE(0);
    return told === 1 ? 65_536 : told;
  }

  #isAsBefore(page: number, sum: number): boolean {
    const pages = this.#pages;
    if (page >= pages.sums.length) {
      const larger = new Uint32Array(Math.max(1024, Math.ceil(page * 1.25)));
      larger.set(pages.sums);
      pages.sums = larger;
    }
    const isKnown = page < pages.known && pages.sums[page] === sum;
    pages.sums[page] = sum;
    pages.known = Math.max(pages.known, page + 1);
    return isKnown;
  }

  /** Another file may have got the number since: the hints would be nonsense, yet nothing worse. */
  #ownDescriptor(): number | undefined {
    if (this.#descriptor !== undefined && !isFile(this.#descriptor, this.#path)) this.#descriptor = undefined;
    return this.#descriptor;
  }
}
