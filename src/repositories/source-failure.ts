/** The reason why a source could not be read, as a value: the caller decides how to continue. */

/** The Connect codes that a source may fail with. */
export type FailureCode =
  | "unavailable"
  | "deadline_exceeded"
  | "failed_precondition"
  | "permission_denied"
  | "data_loss"
  | "unimplemented"
  | "internal";

/** Part of the message of a failure that ends once the history has been read. */
export const STILL_READING = "is still being read";

/** `message` tells an operator what is wrong and what to do. It contains no SQL, no path and no secret. */
export interface SourceFailure {
  readonly code: FailureCode;
  readonly message: string;
  /** From 0 to 1, for a failure that ends by itself. */
  readonly progress?: number;
}

/**
 * Messages for a source's errors: by Connect code, then by a pattern of the error's own code and message. The longest
 * matching pattern applies. $1 is a name from the error, of the schema or of a setting.
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

/** Adds the section of the SELECT to the message. */
export function namingSection(failure: SourceFailure, section: string): SourceFailure {
  return { ...failure, message: failure.message.replace("the SELECT", `the SELECT of section ${section}`) };
}

/** A source's value, or the reason why it could not be read. */
export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: SourceFailure };

/** Carries a failure to the place that turns it into a value. */
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

/** Removes the hint at the next attempt, for a program that does not retry as the service does. */
export function onceOnly(message: string): string {
  return message.replace(/; (it is read|the service keeps|the (next )?reading) .*$/, "");
}
