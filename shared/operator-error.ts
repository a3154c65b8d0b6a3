/** An error whose message is for the operator: in this program's own words, without a path, a secret or a library's text. */
export class OperatorError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "OperatorError";
  }
}
