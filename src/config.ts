/** From flags and environment to one typed Config. */
import { type Environment, readSettings } from "../shared/read-settings.ts";
import type { ValuesOf } from "../shared/settings.ts";
import { PREFIX, SETTINGS, type SettingName } from "./settings.ts";

/** `database` is empty only for commands that take none. */
export type Config = ValuesOf<typeof SETTINGS>;

/**
 * Reads the settings of a command. Throws OperatorError. Settings named as flags alone may be missing, and their variables
 * are ignored.
 */
export function readConfig(
  args: readonly string[],
  env: Environment,
  names: readonly SettingName[],
  byFlagAlone: readonly SettingName[] = [],
): Config {
  return readSettings({ settings: SETTINGS, prefix: PREFIX, args, env, names, byFlagAlone });
}
