/** The user's home folder. */
import { homedir } from "node:os";

/** Returns `/`, as Docker does, for a user without an entry in the system's list and without HOME. */
export function homeFolder(read = homedir): string {
  try {
    return read();
  } catch {
    return "/";
  }
}
