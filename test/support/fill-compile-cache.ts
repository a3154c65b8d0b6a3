/**
 * Runs once before all tests: starts and stops each program, so that the hundreds of later starts find
 * compiled code. Node writes its compile cache only when a program exits by itself, but most tests kill
 * theirs.
 */
import { startWatchdog } from "../watchdog/support/watchdog.ts";
import { startProgram } from "./service.ts";

export default async function fillCompileCache(): Promise<void> {
  const programs = await Promise.all([
    startProgram("/nowhere/orchestrator.db"),
    startWatchdog(["--target", "nowhere=http://127.0.0.1:9", "--history", "none"]),
  ]);
  await Promise.all(programs.map((program) => program.stop()));
}
