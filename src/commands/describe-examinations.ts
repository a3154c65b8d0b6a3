/** What each SELECT of a profile returned, how long it took, and how the database reads it. */
import { printable } from "../../shared/printable.ts";
import type { SectionExamination } from "../repositories/repository.ts";

export function describeExaminations(examinations: readonly SectionExamination[]): string {
  if (examinations.length === 0) return "";
  const blocks = examinations.map((examination) => `${describe(examination)}\n`);
  return `\nThe SELECTs of the profile:\n${blocks.join("")}`;
}

function describe(examination: SectionExamination): string {
  const { section, line, problems, rows, milliseconds, plan, scans, readInPieces } = examination;
  const head = `  ${section} (line ${line}): `;
  if (problems.length > 0)
    return head + problems.map((problem) => `\n    FAILED ${printable(problem)}`).join("");
  const found = `${rows} rows${readInPieces ? " that can still change (the others are read in pieces)" : ""}`;
  const took = `in ${milliseconds?.toFixed(1)} ms`;
  const warning = scans ? "; SCANS a table from end to end" : "";
  return `${head}${found} ${took}${warning}${plan.map((step) => `\n    ${printable(step)}`).join("")}`;
}
