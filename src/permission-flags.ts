/**
 * The flags of Node's permission model among those that this thread runs under, without the right to write: a thread or a
 * process that is started with flags of its own has to be given these too, or it may do everything
 * (nodejs.org/api/permissions.html).
 */
export function permissionFlags(flags: readonly string[] = process.execArgv): string[] {
  return flags.filter(
    (flag, index) =>
      /^--(permission$|allow-(?!fs-write)|disable-warning=)/.test(flag) ||
      // `--allow-fs-read *`: its value.
      (flags[index - 1] === "--allow-fs-read" && !flag.startsWith("-")),
  );
}
