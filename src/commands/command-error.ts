/** A command cannot go on, for a reason that its user can mend. The message is one line. */
export class CommandError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "CommandError";
  }
}
