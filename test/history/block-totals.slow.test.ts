/** The totals in blocks, held against all segments added up anew, whichever are cut, dissolved or changed. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BlockTotals } from "../../src/repositories/sql/history/block-totals.ts";
import { pack, unpack } from "../../src/repositories/sql/history/packed.ts";
import { type Segment, Segments } from "../../src/repositories/sql/history/segments.ts";
import { Groups } from "../../src/repositories/sql/history/sums.ts";
import type { HistoryTable } from "../../src/repositories/sql/history/table.ts";

const TABLE: HistoryTable = {
  section: "run_history",
  highestId: "",
  openIds: "",
  idAfter: "",
  sums: "",
  openSums: "",
  labels: ["agent"],
  numbers: ["runs"],
};

const SEGMENTS = 200;
const IDS_A_SEGMENT = 1_000n;

/** Two hundred closed segments and the tail; which step is taken at which of them, and what it makes of its sum. */
const steps = fc.array(
  fc.record({
    what: fc.constantFrom("change", "cut", "dissolve", "append"),
    at: fc.nat(SEGMENTS - 1),
    runs: fc.nat(1_000),
  }),
  { maxLength: 30 },
);

function append(segments: Segments): Segment {
  const { tail } = segments;
  segments.split(tail, (tail.from < 0n ? 0n : tail.from) + IDS_A_SEGMENT);
  return tail;
}

describe("totals in blocks", () => {
  it("are those of all segments but the tail", () => {
    fc.assert(
      fc.property(steps, (taken) => {
        const segments = new Segments();
        const groups = new Groups(TABLE);
        const totals = new BlockTotals(segments, groups);
        const sumsOf = (runs: number) => pack(groups.sumsIn([{ agent: "a", runs }]));
        for (let count = 0; count < SEGMENTS; count += 1) append(segments).sums = sumsOf(count);
        for (const { what, at, runs } of taken) {
          const segment = segments.all[at % (segments.all.length - 1)] as Segment;
          if (what === "change") {
            segment.sums = sumsOf(runs);
            totals.noteChange(segment);
          } else if (what === "dissolve" && segments.all.length > 2) {
            segments.dissolve(segment);
            totals.noteShift(segment.from);
          } else if (what === "append") {
            const closed = append(segments);
            totals.noteShift(closed.from);
            closed.sums = sumsOf(runs);
          } else if (segment.upTo - segment.from > 1n) {
            segments.split(segment, segment.from + 1n).sums = sumsOf(runs);
            totals.noteShift(segment.from);
          }
          const closed = segments.all.slice(0, -1).map(({ sums }) => unpack(sums));
          expect(groups.add(totals.all())).toEqual(groups.add(closed));
        }
      }),
      { numRuns: 30 },
    );
  });
});
