/** An error with a message for the operator: one line in this program's own words, without secrets or texts of libraries. */
export class OperatorError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "OperatorError";
  }
}

/** An error in the command line or the environment. */
export class UsageError extends OperatorError {
  readonly exitCode = 2;
}

/** Puts `what` and a colon before the message of an OperatorError that `work` throws. */
export function explained<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    throw new OperatorError(`${what}: ${error.message}`, { cause: error.cause });
  }
}
