/** `orch-metrics profiles`: what comes with the program. */
import { SECTION_NAMES } from "../profiles/contract.ts";
import { shippedProfiles } from "../profiles/shipped.ts";

export async function profiles(): Promise<void> {
  const rows = shippedProfiles().map(({ name, dialect, system, versions, sections }) => ({
    left: [name, dialect],
    right: `${system}${versions ? ` (${versions})` : ""}: ${SECTION_NAMES.filter((section) => sections[section]).join(", ")}`,
  }));
  const width = (column: number) => Math.max(...rows.map(({ left }) => (left[column] ?? "").length));
  for (const { left, right } of rows) {
    const cells = left.map((cell, column) => cell.padEnd(width(column)));
    process.stdout.write(`${cells.join("  ")}  ${right}\n`);
  }
}
