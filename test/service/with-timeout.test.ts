/** Calls that may hang time out after half a second. A busy thread's own work does not count. */
import { expect, it } from "vitest";
import { callsWithTimeout } from "../../src/metrics/with-timeout.ts";

function beBusy(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

it("a call that hangs times out, and so do the calls behind it", async () => {
  const patiently = callsWithTimeout();
  const hanging = () => new Promise<string>(() => {});
  const calls = [
    patiently(hanging, "late"),
    patiently(hanging, "late"),
    patiently(async () => "ran", "late"),
  ];
  expect(await Promise.all(calls)).toEqual(["late", "late", "late"]);
});

it("calls do not time out because this thread was busy after they began", async () => {
  const patiently = callsWithTimeout();
  const soon = () => new Promise<string>((resolve) => setImmediate(resolve, "here"));
  const calls = Array.from({ length: 5 }, () => patiently(soon, "late"));
  beBusy(600);
  expect(await Promise.all(calls)).toEqual(["here", "here", "here", "here", "here"]);
});
