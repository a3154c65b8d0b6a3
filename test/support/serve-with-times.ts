/**
 * Runs `orch-metrics serve` with the time limits of its first argument, so that tests need not wait for the
 * real ones.
 */
import { serve } from "../../src/commands/serve.ts";
import { keepHeapSmall } from "../../src/main.ts";
import { TIME_LIMITS, type TimeLimits } from "../../src/server/limits.ts";
import { readConfig, SETTINGS, type SettingName } from "../../src/settings.ts";

const [text = "{}", ...args] = process.argv.slice(2);
const times = JSON.parse(text) as Partial<TimeLimits>;
keepHeapSmall();
const config = readConfig(args, process.env, Object.keys(SETTINGS) as SettingName[]);
await serve(config, { ...TIME_LIMITS, ...times });
