/** The active tasks: counts by stage, and the longest in their stage. */
import type { StagesSectionJson, TaskStageJson } from "../../../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { formatCount, formatDuration } from "../../../words/format.ts";
import { numberOf } from "../../../words/numbers.ts";
import { count } from "../../../words/text.ts";
import { ShortTable } from "../../parts/more.tsx";
import { EnvelopeCard } from "../../parts/section.tsx";
import type { Column } from "../../parts/table.tsx";

const COLUMNS: readonly Column<TaskStageJson>[] = [
  {
    name: "Task",
    cell: ({ work_item, id, title }) => (
      <>
        {work_item || id} {title && <span class="detail">{title}</span>}
      </>
    ),
  },
  { name: "Stage", cell: ({ stage }) => stage },
  { name: "Since", class: "number", cell: (task) => formatDuration(numberOf(task.stage_seconds)) },
];

export function StagesSection({ stages }: { stages: StagesSectionJson | null | undefined }) {
  return (
    <EnvelopeCard title="Stages" part={stages} what="stages">
      {({ counts = {}, tasks = [], tasks_omitted: omitted = 0 }) => (
        <>
          <Bars counts={counts} />
          <ShortTable
            caption="Longest in their stage"
            columns={COLUMNS}
            rows={tasks}
            keyOf={(task) => task.id}
            none="No task is active."
          />
          {omitted > 0 && <p class="footnote">The service omitted {count(omitted, "more task")}.</p>}
        </>
      )}
    </EnvelopeCard>
  );
}

function Bars({ counts }: { counts: Readonly<Record<string, number>> }) {
  const entries = Object.entries(counts);
  const most = Math.max(1, ...Object.values(counts));
  return (
    <dl class="bars">
      {entries.map(([stage, count]) => (
        <div key={stage}>
          <dt>{stage}</dt>
          <dd>
            <span class="bar" style={{ width: `${(count / most) * 100}%` }} aria-hidden="true" />
            <span>{formatCount(count)}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
