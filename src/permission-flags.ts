/**
 * The flags of Node's permission model among those that this thread runs under. Whoever gives a thread or a process
 * flags of its own has to give it these too: without them it may do everything (nodejs.org/api/permissions.html).
 */
export function permissionFlags(flags: readonly string[] = process.execArgv): string[] {
  return flags.filter(
    (flag, index) =>
      /^--(permission$|allow-|disable-warning=)/.test(flag) ||
      // `--allow-fs-read *`: its value.
      (/^--allow-fs-(read|write)$/.test(flags[index - 1] ?? "") && !flag.startsWith("-")),
  );
}
