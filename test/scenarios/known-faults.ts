/** What the recordings show to be wrong: by scenario, with the reason. Remove what a new rule gets right. */
export const KNOWN_FAULTS: Readonly<Record<string, readonly string[]>> = {
  // The other run's lines are new ones, and nothing says whose they are.
  "shared-log": ["never named", "working in the end"],
  // A connection that is established and silent, as that of a dead upstream.
  "docker-exec-shim": ["false alarm: hung"],
  // V8 wakes an idle Node process each 8 s for a quarter of an hour: it is not seen to sleep.
  "idle-between-calls": ["false alarm: hung"],
  "usage-limit-sleep": ["hung in the end", "false alarm: hung"],
  // The tool's pipe is silent for longer than a model's answer takes.
  "tool-left-tree": ["false alarm: hung"],
  // After 21 minutes it gives up, and rests.
  "gemini-tui-stall": ["at_rest in the end"],
};
