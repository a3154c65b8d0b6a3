/** Names in words, and what a source's own status word probably means. */
export interface Guess {
  readonly status: "queued" | "running" | "done" | "failed" | "cancelled" | "other";
  /** The word says it, or one of several does. */
  readonly isSure: boolean;
}

/** The first that fits a whole word, or else a part of it, counts. */
const MEANINGS: readonly (readonly [status: Guess["status"], pattern: string])[] = [
  ["queued", "not_?started|up_for_\\w+|\\w*retry\\w*"],
  [
    "failed",
    "fail(?:ed|ure|ing)?|error(?:ed)?|crash(?:ed)?|timed_?out|time_?out|dead|discarded|lost|exhausted|exceeded|killed|expired|panicked",
  ],
  [
    "cancelled",
    "cancel(?:l?ed|l?ing)?|skipped|stopp?ed|aborted|revoked|terminated|interrupted|removed|rejected|evicted",
  ],
  ["done", "done|success|succe(?:eded|ssful)|complete(?:d)?|finished|ok|pass(?:ed)?|processed"],
  [
    "running",
    "running|active|busy|executing|started|in_?progress|processing|working|doing|claimed|leased|locked|dispatched|reserved|restarting|performing|assigned|starting|launching",
  ],
  [
    "queued",
    "new|queued|pending|available|ready|schedul(?:ed|ing)|created|todo|to_?do|enqueued|submitted|delayed|deferred|accepted|received|waiting|initial(?:ized)?|open|backlog",
  ],
];
/** It may be meant in another way. */
const UNSURE =
  /^(waiting|open|closed|active|started|created|stopp?ed|removed|assigned|dead|lost|ok|received|processed|killed|expired|deferred|rejected)$/;

export function guessed(word: unknown): Guess {
  const parts = typeof word === "string" ? words(word) : [];
  const whole = parts.join("_");
  const of = (text: string) => MEANINGS.find(([, pattern]) => new RegExp(`^(?:${pattern})$`).test(text))?.[0];
  const exact = of(whole);
  if (exact) return { status: exact, isSure: !UNSURE.test(whole) };
  const [meant = "other"] = MEANINGS.map(([status]) => status).filter((status) =>
    parts.some((part) => of(part) === status),
  );
  return { status: meant, isSure: false };
}

/** A text that may be shown: short, and without what no status word has. */
export function isWord(value: unknown): value is string | number {
  return (
    typeof value === "number" ||
    (typeof value === "string" && /^[\p{L}\d][\p{L}\d _.:/-]{0,47}$/u.test(value))
  );
}

/** `startedAt`, `started_at` and `STARTED AT` are the same two words. */
export function words(name: string): readonly string[] {
  return name
    .replace(/([a-z\d])([A-Z])/g, "$1_$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1_$2")
    .toLowerCase()
    .split(/[^\p{L}\d]+/u)
    .filter((word) => word !== "");
}
