/** What is told of a section whose SELECT was ended together with the process that ran it. */
import type { SectionName } from "../../profiles/contract.ts";
import type { Fault } from "../fault.ts";
import type { Rests } from "../sql/rests.ts";
import { allowedMilliseconds } from "./guard.ts";

const STOPPED: Fault = {
  code: "deadline_exceeded",
  message:
    "the SELECT takes longer, or more memory, than it may: it was stopped, and is left alone for a while",
};

export function noteStopped(rests: Rests, section: SectionName): void {
  rests.stopped(section, allowedMilliseconds(section), STOPPED);
}
