/**
 * Pages of a table's inner structure under which millions of rows may lie. One is written whenever a page below it comes
 * or goes, as every thirty thousand appended rows: were all that lies under it suspected then, a tenth of the history
 * would be read again for nothing. What it held before tells where it changed.
 */
import { type Hint, hintOf, isInterior, type Page, rowsBelow } from "./table-page.ts";

/** A page that leads to fewer ids is suspected whole. */
const WIDE_IDS = 100_000n;

export class WidePages {
  readonly #pages = new Map<number, Page>();

  /** Remembers the page, for when it is written. */
  learn(number: number, page: Page): void {
    if (isWide(page)) this.#pages.set(number, Buffer.from(page));
    else this.#pages.delete(number);
  }

  /** What the page tells that was written; `older` gives it as it may have been, for one that was never seen. */
  hintOf(number: number, page: Page, older: () => Page | undefined = () => undefined): Hint | undefined {
    const known = this.#pages.get(number);
    if (known?.equals(page)) return undefined;
    const before = isWide(page) ? (known ?? older()) : undefined;
    this.learn(number, page);
    // What is as it was, was written all the same: it tells nothing of where.
    return hintOf(page, before?.equals(page) ? undefined : before);
  }
}

function isWide(page: Page): boolean {
  return isInterior(page) && rowsBelow(page) >= WIDE_IDS;
}
