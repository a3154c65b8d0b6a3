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
