/** An error whose message is for the operator: one line in this program's own words, without a secret or a library's text. */
export class OperatorError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "OperatorError";
  }
}

/** The command line or the environment is wrong. */
export class UsageError extends OperatorError {
  readonly exitCode = 2;
}
