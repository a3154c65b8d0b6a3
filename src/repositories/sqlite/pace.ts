/** How much of one core the reading between the requests may take, by what there is to read. */
import type { Piece } from "./background.ts";
import type { HistoryWork, PageWork } from "./reader.ts";

/** While sums are missing. */
const FIRST_PASS_SHARE = 0.5;

/** While many sums are suspected to be untrue: after rows were pruned, or all were changed. */
const CATCHING_UP_SHARE = 0.25;

/** An orchestrator's own steps touch no more segments than this at a time. */
const FEW_SUSPECTS = 8;

/** Once all has been read. Ten million rows in each table then take seven minutes a round. */
const VERIFYING_SHARE = 0.022;

/** On a rollback journal, where each piece holds up a commit. */
const VERIFYING_SHARE_WITH_LOCK = 0.005;

/** Pages are read without a lock. Those of ten million rows in each table then take half a minute a round. */
const PAGES_SHARE = 0.02;

export function historyPiece({ isComplete, suspects, segments, locks }: HistoryWork): Piece {
  const verifying = locks ? VERIFYING_SHARE_WITH_LOCK : VERIFYING_SHARE;
  const isCatchingUp = isComplete && suspects > FEW_SUSPECTS;
  return {
    share: isCatchingUp ? CATCHING_UP_SHARE : isComplete ? verifying : FIRST_PASS_SHARE,
    inBursts: !isComplete || isCatchingUp,
    round: segments,
  };
}

export function pagesPiece({ isComplete }: PageWork): Piece {
  return { share: isComplete ? PAGES_SHARE : FIRST_PASS_SHARE, inBursts: !isComplete, round: 0 };
}
