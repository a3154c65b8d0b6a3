/** What is wrong today, by scenario, and why no rule over the signals can do better. */
export const KNOWN_FAULTS: Readonly<Record<string, readonly string[]>> = {};
