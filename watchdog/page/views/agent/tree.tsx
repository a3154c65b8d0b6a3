/** The agent's process and its youngest descendants, each with what it waits for. */
import type {
  ChildProcessJson,
  RunningAgentJson,
  WaitJson,
} from "../../../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { UNKNOWN } from "../../../words/format.ts";
import { count } from "../../../words/text.ts";
import { Section } from "../../parts/section.tsx";
import { type Column, Table } from "../../parts/table.tsx";

/** State letters of proc_pid_stat(5). */
const STATES: Readonly<Record<string, string>> = {
  R: "running",
  S: "sleeping",
  D: "uninterruptible sleep",
  T: "stopped",
  t: "stopped by a debugger",
  Z: "zombie",
  I: "idle",
};

interface Row extends ChildProcessJson {
  readonly isChild: boolean;
}

const COLUMNS: readonly Column<Row>[] = [
  {
    name: "Program",
    cell: ({ isChild, program, name }) => (
      <>
        {isChild && <span aria-hidden="true">└ </span>}
        {program || name || "unknown"}
      </>
    ),
  },
  { name: "PID", class: "number", cell: ({ pid }) => pid ?? UNKNOWN },
  { name: "State", cell: ({ state = "" }) => STATES[state] ?? state },
  { name: "Waits for", cell: ({ wait }) => waitInWords(wait) },
];

export function ProcessTree({ run: { pid, process, presence } }: { run: RunningAgentJson }) {
  if (!process)
    return (
      <Section title="Processes" class="card">
        <div class="empty">{`The process cannot be read: ${(presence || "unknown").replaceAll("_", " ")}.`}</div>
      </Section>
    );
  const { processes = 0, youngest = [] } = process.descendants ?? {};
  const rows: Row[] = [
    { ...process, isChild: false, ...(pid !== undefined && { pid }) },
    ...youngest.map((child) => ({ ...child, isChild: true })),
  ];
  const left = processes - youngest.length;
  return (
    <Section title="Processes" tally={processes + 1} class="card">
      <Table
        class="plain"
        caption="The agent and its youngest descendants, newest first"
        columns={COLUMNS}
        rows={rows}
        keyOf={(row) => `${row.pid} ${row.start_ticks}`}
      />
      {left > 0 && <p class="footnote">{count(left, "older descendant")} not listed.</p>}
    </Section>
  );
}

function waitInWords(wait: WaitJson | null | undefined): string {
  const { on = [], system_call: call, kernel_function: where } = wait ?? {};
  const place = call || where;
  if (on.length === 0) return place || UNKNOWN;
  return `${on.join(" or ")}${place ? ` (${place})` : ""}`;
}
