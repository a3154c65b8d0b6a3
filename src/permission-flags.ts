/**
 * Returns the flags of Node's permission model that this thread runs under, except the right to write. A thread or process that
 * is started with its own flags needs them too. Otherwise it runs without restrictions (nodejs.org/api/permissions.html).
 */
export function permissionFlags(flags: readonly string[] = process.execArgv): string[] {
  return flags.filter(
    (flag, index) =>
      /^--(permission$|allow-(?!fs-write)|disable-warning=)/.test(flag) ||
      // The value of `--allow-fs-read PATH`.
      (flags[index - 1] === "--allow-fs-read" && !flag.startsWith("-")),
  );
}
