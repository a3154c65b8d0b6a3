/**
 * The pace of what is read between the requests: each piece is followed by a rest, so that all of them together take
 * a share of one core.
 */

export interface Piece {
  /** Of one core. */
  readonly share: number;
  /** Several in one go: a timer for each would take longer than they do. */
  readonly inBursts: boolean;
  /** Pieces in a round. */
  readonly round: number;
}

/** How often to look whether there is something to read again. */
const REST_MILLISECONDS = 1_000;

const BURST_MILLISECONDS = 8;

export interface Background {
  /** To be called after each reading. */
  resume(): void;
  /** Whether a round is still going on that began after the last `resume`. */
  readonly isBusy: boolean;
  stop(): void;
}

/** `read` reads one piece; undefined where there is none to read. */
export function background(read: () => Piece | undefined): Background {
  let timer: NodeJS.Timeout | undefined;
  /** Pieces still to be read until everything was read since the last `resume`. */
  let left = Number.POSITIVE_INFINITY;

  function run(): void {
    const began = performance.now();
    let piece = read();
    left -= 1;
    while (piece?.inBursts && performance.now() - began < BURST_MILLISECONDS) piece = read();
    left = Math.min(left, piece?.round ?? 0);
    const took = performance.now() - began;
    timer = setTimeout(run, piece ? took / piece.share - took : REST_MILLISECONDS);
  }

  return {
    resume() {
      left = Number.POSITIVE_INFINITY;
      timer ??= setTimeout(run, 0);
    },
    get isBusy() {
      return left > 0;
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
