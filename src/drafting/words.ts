/** Splits names into words, and guesses what a source's status word means. */
export interface Guess {
  readonly status: "queued" | "running" | "done" | "failed" | "cancelled" | "other";
  /** Whether the whole word has this meaning, and rarely another. */
  readonly isSure: boolean;
}

/** The first meaning that matches the whole word applies, otherwise the first that matches a part of it. */
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
/** Words that may have another meaning. */
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

/** Whether a value can be shown as a status word: it is short, and has only characters that status words have. */
export function isWord(value: unknown): value is string | number {
  return (
    typeof value === "number" ||
    (typeof value === "string" && /^[\p{L}\d][\p{L}\d _.:/-]{0,47}$/u.test(value))
  );
}

/** Splits a name into words: `startedAt`, `started_at` and `STARTED AT` give the same two. */
export function words(name: string): readonly string[] {
  return name
    .replace(/([a-z\d])([A-Z])/g, "$1_$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1_$2")
    .toLowerCase()
    .split(/[^\p{L}\d]+/u)
    .filter((word) => word !== "");
}
