/** Known errors in the recordings: by scenario, with the reason. Remove entries that a new rule fixes. */
export const KNOWN_FAULTS: Readonly<Record<string, readonly string[]>> = {
  // The other run's lines are new, and nothing shows whose they are.
  "shared-log": ["never named", "working in the end"],
  // An established, silent connection, like that of a dead upstream.
  "docker-exec-shim": ["false alarm: hung"],
  // V8 wakes an idle Node process every 8 s for a quarter of an hour, so it does not appear to sleep.
  "idle-between-calls": ["false alarm: hung"],
  "usage-limit-sleep": ["hung in the end", "false alarm: hung"],
  // The tool's pipe is silent for longer than a model takes to respond.
  "tool-left-tree": ["false alarm: hung"],
  // After 21 minutes it gives up and rests.
  "gemini-tui-stall": ["at_rest in the end"],
};
