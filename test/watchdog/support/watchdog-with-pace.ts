/** Runs `orch-watchdog` with the pace of its first argument, so that tests need not wait for the real pace. */
import { readConfig } from "../../../watchdog/config/settings.ts";
import { run } from "../../../watchdog/main.ts";
import { PACE } from "../../../watchdog/pace.ts";
import type { TestPace } from "./watchdog.ts";

const [text = "{}", ...args] = process.argv.slice(2);
const { pollSeconds = 0.1, ...pace } = JSON.parse(text) as TestPace;
await run({ ...readConfig(args, process.env), pollSeconds }, { ...PACE, ...pace });
