/** Starts listening, and explains failures in terms of the flags. */
import { OperatorError } from "../../shared/operator-error.ts";
import { type Listener, type ListenOptions, listen as startListening } from "../server/listen.ts";

/** Throws OperatorError if it cannot listen. */
export async function listen(options: ListenOptions): Promise<Listener> {
  try {
    return await startListening(options);
  } catch (error) {
    const code = String((error as NodeJS.ErrnoException).code);
    const { place } = options;
    throw new OperatorError(
      "path" in place
        ? socketTrouble(code, place.path)
        : portTrouble(code, `${place.host} port ${place.port}`),
    );
  }
}

function portTrouble(code: string, where: string): string {
  switch (code) {
    case "EADDRINUSE":
      return `cannot listen on ${where}: the port is in use: stop the other program, or choose another --port`;
    case "EACCES":
      return `cannot listen on ${where}: permission denied: choose a --port of 1024 or above`;
    default:
      return `cannot listen on ${where} (${code}): set --host to an address of this machine`;
  }
}

function socketTrouble(code: string, path: string): string {
  switch (code) {
    case "EADDRINUSE":
      return `cannot listen on the socket ${path}: it is in use: stop the other program, or choose another --socket`;
    case "EEXIST":
      return `cannot listen on ${path}: the file is not a socket: choose another --socket`;
    // Node also reports EACCES for a missing folder.
    case "EACCES":
    case "EROFS":
      return `cannot create the socket ${path}: choose a --socket in an existing folder that this user can write to`;
    case "EPERM":
      return `cannot change the group of the socket ${path}: choose a --socket-group that this user belongs to`;
    default:
      return `cannot listen on the socket ${path} (${code}): choose another --socket`;
  }
}
