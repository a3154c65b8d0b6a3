/** Builds the stages section: active tasks by stage. */
import { create } from "@bufbuild/protobuf";
import {
  type StagesSection,
  StagesSectionSchema,
  type TaskStage,
} from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import type { StageRow, StageRows } from "../repositories/repository.ts";
import { added } from "./queue.ts";
import { count, optional, secondsSince, timestamp } from "./section.ts";

export function buildStages(rows: StageRows, nowMs: number): StagesSection {
  const active = rows.counts.reduce((sum, { tasks }) => sum + tasks, 0);
  return create(StagesSectionSchema, {
    counts: added(
      rows.counts.map(({ stage, tasks }) => [stage, tasks]),
      "the number of active tasks",
    ),
    tasks: rows.tasks.map((task) => buildTask(task, nowMs)),
    tasksOmitted: count(active - rows.tasks.length, "the number of omitted tasks"),
  });
}

function buildTask(task: StageRow, nowMs: number): TaskStage {
  return {
    $typeName: "orchestrator.metrics.v1.TaskStage",
    id: task.taskId,
    workItem: task.workItem ?? "",
    stage: task.stage,
    stageEnteredAt: timestamp(task.enteredAtMs),
    stageSeconds: secondsSince(task.enteredAtMs, nowMs),
    title: optional(task.title),
  };
}
