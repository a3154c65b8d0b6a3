/** The active tasks: how many in each stage, and which are the longest in theirs. */
import type { StagesSectionJson, TaskStageJson } from "../../../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { useFirst } from "../../parts/more.tsx";
import { EnvelopePart } from "../../parts/states.tsx";
import { formatCount, formatDuration, plural } from "../../words/format.ts";
import { numberOf } from "../../words/numbers.ts";

export function StagesSection({ stages }: { stages: StagesSectionJson | null | undefined }) {
  return (
    <section aria-labelledby="stages" class="card">
      <h2 id="stages">Stages</h2>
      <EnvelopePart part={stages} what="stages">
        {({ counts = {}, tasks = [], tasks_omitted: omitted = 0 }) => (
          <>
            <Bars counts={counts} />
            <Tasks tasks={tasks} />
            {omitted > 0 && <p class="footnote">{plural(omitted, "more task")} left out by the service.</p>}
          </>
        )}
      </EnvelopePart>
    </section>
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

function Tasks({ tasks }: { tasks: readonly TaskStageJson[] }) {
  const [first, more] = useFirst(tasks, 6);
  if (tasks.length === 0) return <p class="muted">No task is active.</p>;
  return (
    <>
      <table class="plain">
        <caption>Longest in their stage</caption>
        <thead>
          <tr>
            <th scope="col">Task</th>
            <th scope="col">Stage</th>
            <th scope="col" class="number">
              Since
            </th>
          </tr>
        </thead>
        <tbody>
          {first.map((task) => (
            <tr key={task.id}>
              <th scope="row">
                {task.work_item || task.id} {task.title && <span class="title">{task.title}</span>}
              </th>
              <td>{task.stage}</td>
              <td class="number">{formatDuration(numberOf(task.stage_seconds))}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {more}
    </>
  );
}
