/**
 * Never raise: the one place where whatever a section throws becomes that section's error.
 */
import { type Fault, type Reading, SourceError } from "../repositories/fault.ts";

/** Hears of a bug, once for each time it strikes; the answer itself holds no stack. */
export type OnUnexpected = (where: string, error: unknown) => void;

/** How a message is made from rows, and how from the reason why there are none. */
export interface Builder<Rows, Message> {
  readonly build: (rows: Rows) => Message;
  readonly degrade: (fault: Fault) => Message;
}

/**
 * Builds a section from its reading, or, if there is none or building it throws, from the fault. An unexpected exception
 * is reported to `onUnexpected` and becomes `internal`.
 */
export function section<Rows, Message>(
  name: string,
  reading: Reading<Rows> | undefined,
  onUnexpected: OnUnexpected,
  { build, degrade }: Builder<Rows, Message>,
): Message {
  if (reading === undefined)
    return degrade({ code: "internal", message: `${name}: the source gave no answer` });
  if (!reading.ok) return degrade(reading.fault);
  try {
    return build(reading.value);
  } catch (error) {
    return degrade(faultOf(name, error, onUnexpected));
  }
}

/** The fault that an error stands for. */
export function faultOf(name: string, error: unknown, onUnexpected: OnUnexpected): Fault {
  if (error instanceof SourceError) return error.fault;
  onUnexpected(name, error);
  return {
    code: "internal",
    message: `${name}: an unexpected error in orch-metrics; its log has the details`,
  };
}
