/** Listening, and what stands in its way in the words of who started the service. */
import { OperatorError } from "../../shared/operator-error.ts";
import { type Listener, type ListenOptions, listen as startListening } from "../server/listen.ts";

/** Throws OperatorError where it cannot listen. */
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
      return `${where} is in use: stop what listens there, or give another --port`;
    case "EACCES":
      return `no permission to listen on ${where}: give a --port from 1024 on`;
    default:
      return `cannot listen on ${where} (${code}): give an address of this host with --host`;
  }
}

function socketTrouble(code: string, path: string): string {
  switch (code) {
    case "EADDRINUSE":
      return `the socket ${path} is in use: stop what listens there, or give another --socket`;
    case "EEXIST":
      return `${path} is no socket, and is not replaced: give another --socket`;
    // Node says so of a folder that is not there too.
    case "EACCES":
    case "EROFS":
      return `cannot make the socket ${path}: give a --socket in a folder that is there and that this user may write`;
    case "EPERM":
      return `this user may not give the socket ${path} that group: give a --socket-group that it belongs to`;
    default:
      return `cannot listen on the socket ${path} (${code}): give another --socket`;
  }
}
