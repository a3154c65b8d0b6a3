/** What one section's SELECT did, for whoever writes or trusts a profile. */
import { KEYS, type SectionName } from "../../profiles/contract.ts";
import { faultText } from "../../profiles/profile.ts";
import type { SectionExamination } from "../repository.ts";
import { type Asking, ask, only } from "./asking.ts";
import { isHistorySection } from "./check-columns.ts";
import { type Cells, whole } from "./columns.ts";
import type { PartContext } from "./part-context.ts";
import { activeCondition } from "./parts/stages.ts";

/** How a database explains a SELECT. */
export interface Explanation {
  /** What stands before the SELECT. */
  readonly prefix: string;
  readonly lines: (rows: readonly Cells[]) => readonly string[];
  /** Whether a line tells of a table that is read from end to end, without an index. */
  readonly isScan: (line: string, lines: readonly string[]) => boolean;
}

export function* examineSection(
  section: SectionName,
  { source, faultFor }: Pick<PartContext, "source" | "faultFor">,
  explanation: Explanation,
): Asking<SectionExamination> {
  const { line = 1 } = source.profile.sections[section] ?? {};
  const nothing = {
    section,
    line,
    rows: null,
    milliseconds: null,
    plan: [],
    scans: false,
    readInPieces: false,
  };
  const faults = source.faults.filter((fault) => fault.section === section);
  if (faults.length > 0)
    return { ...nothing, faults: faults.map((fault) => faultText(source.profile.name, fault)) };
  const isHistory = isHistorySection(section);
  const from = `FROM ${source.from(section)} WHERE ${condition(section, source.profile.terminalStages)}`;
  try {
    const began = performance.now();
    const rows = whole(only(yield* ask(section, `SELECT COUNT(*) AS examined ${from}`)), "examined");
    const milliseconds = performance.now() - began;
    const columns = isHistory ? KEYS[section] : "*";
    const plan = explanation.lines(yield* ask(section, `${explanation.prefix} SELECT ${columns} ${from}`));
    const scans = plan.some((step) => explanation.isScan(step, plan));
    return { section, line, faults: [], rows, milliseconds, plan, scans, readInPieces: isHistory };
  } catch (error) {
    const fault = faultFor(error);
    if (!fault) throw error;
    return { ...nothing, faults: [fault.message] };
  }
}

/** What a reading asks for. All of history would take too long to count: of that, the rows that can still change. */
function condition(section: SectionName, terminalStages: readonly string[]): string {
  if (section === "stages") return activeCondition(terminalStages, terminalStages);
  return isHistorySection(section) ? "is_open" : "TRUE";
}
