/** The placeholders that link templates may contain. */
export const LINK_PLACEHOLDERS = [
  "target",
  "run_id",
  "task_id",
  "work_item",
  "job_id",
  "agent",
  "model",
  "host",
  "pid",
] as const;

export type LinkPlaceholder = (typeof LINK_PLACEHOLDERS)[number];
