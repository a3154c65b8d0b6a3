/** A group's number by its name, as this machine's own list has it: group(5). */
import { readFileSync } from "node:fs";

/** Undefined where the list has no such group. A number stands for itself. */
export function groupId(nameOrNumber: string): number | undefined {
  if (/^\d+$/.test(nameOrNumber)) return Number(nameOrNumber);
  for (const line of readFileSync("/etc/group", "utf8").split("\n")) {
    const [name, , number] = line.split(":");
    if (name === nameOrNumber && number) return Number(number);
  }
  return undefined;
}
