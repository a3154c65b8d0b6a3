/**
 * Why a source could not be read, as a value: the caller decides what to do without it.
 */

/** The Connect codes that a source may fail with, in the words of the protocol. */
export type FaultCode =
  | "unavailable"
  | "deadline_exceeded"
  | "failed_precondition"
  | "permission_denied"
  | "data_loss"
  | "unimplemented"
  | "internal";

/** `message` is for an operator: what is wrong and what to do. It holds no SQL, no path and no secret. */
export interface Fault {
  readonly code: FaultCode;
  readonly message: string;
  /** 0 to 1: it mends itself, and is so far. */
  readonly progress?: number;
}

/** What one source answered: its value, or why it could not. */
export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: Fault };

/** A fault on its way up from where it was found to where it becomes a value. */
export class SourceError extends Error {
  readonly fault: Fault;
  constructor(fault: Fault, options?: ErrorOptions) {
    super(fault.message, options);
    this.name = "SourceError";
    this.fault = fault;
  }
}

export function sound<T>(value: T): Reading<T> {
  return { ok: true, value };
}

export function broken(code: FaultCode, message: string): Reading<never> {
  return { ok: false, fault: { code, message } };
}
