/** Why a source could not be read, as a value: the caller decides what to do without it. */

/** The Connect codes that a source may fail with, in the words of the protocol. */
export type FailureCode =
  | "unavailable"
  | "deadline_exceeded"
  | "failed_precondition"
  | "permission_denied"
  | "data_loss"
  | "unimplemented"
  | "internal";

/** In the message of a failure that passes by itself, once the history has been read. */
export const STILL_READING = "is still being read";

/** `message` is for an operator: what is wrong and what to do. It holds no SQL, no path and no secret. */
export interface SourceFailure {
  readonly code: FailureCode;
  readonly message: string;
  /** 0 to 1: it passes by itself, and is so far. */
  readonly progress?: number;
}

/**
 * What to say of a source's errors: for each code, messages by a pattern of how the error's own code and message begin. The
 * longest pattern that fits counts. $1 is a name that the pattern takes from the error: of the schema or of a setting.
 */
export type FailureTable = { readonly [Code in FailureCode]?: Readonly<Record<string, string>> };

export function failureIn(table: FailureTable, errorCode: unknown, said: unknown): SourceFailure | undefined {
  const text = `${errorCode ?? ""} ${said}`;
  const fitting = Object.entries(table).flatMap(([code, messages]) =>
    Object.entries(messages).flatMap(([pattern, words]) => {
      const found = new RegExp(`^${pattern}`).exec(text);
      const message = words.replaceAll(/\$(\d)/g, (_, group) => found?.[group] ?? "");
      return found ? [{ pattern, failure: { code: code as FailureCode, message } }] : [];
    }),
  );
  return fitting.toSorted((a, b) => b.pattern.length - a.pattern.length)[0]?.failure;
}

/** Says which section's SELECT failed. */
export function namingSection(failure: SourceFailure, section: string): SourceFailure {
  return { ...failure, message: failure.message.replace("the SELECT", `the SELECT of section ${section}`) };
}

/** What one source answered: its value, or why it could not. */
export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: SourceFailure };

/** A failure on its way up from where it was found to where it becomes a value. */
export class SourceError extends Error {
  readonly failure: SourceFailure;
  constructor(failure: SourceFailure, options?: ErrorOptions) {
    super(failure.message, options);
    this.name = "SourceError";
    this.failure = failure;
  }
  static of(code: FailureCode, message: string): SourceError {
    return new SourceError({ code, message });
  }
}

export function ok<T>(value: T): Reading<T> {
  return { ok: true, value };
}

export function failed(code: FailureCode, message: string): Reading<never> {
  return { ok: false, failure: { code, message } };
}
