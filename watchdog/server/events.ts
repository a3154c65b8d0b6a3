/** Server-sent events: changed targets, collected for a while, and keep-alives. */
import type { ServerResponse } from "node:http";

const ALIVE_MILLISECONDS = 15_000;
const MOST_LISTENERS = 200;

/** `gatherMilliseconds`: how long changes are collected. */
export function createEvents(gatherMilliseconds: number) {
  const listeners = new Set<ServerResponse>();
  const waiting = new Set<string>();
  let gathering: NodeJS.Timeout | undefined;
  const alive = setInterval(() => send(": alive\n\n"), ALIVE_MILLISECONDS);
  alive.unref();

  function send(text: string): void {
    for (const listener of listeners) {
      // A client that does not read must not fill the memory. Browsers reconnect by themselves.
      if (listener.writableLength > 65_536) listener.destroy();
      else listener.write(text);
    }
  }

  return {
    /** Returns false if there are too many. */
    listen(response: ServerResponse, headers: Readonly<Record<string, string>>): boolean {
      if (listeners.size >= MOST_LISTENERS) return false;
      response.writeHead(200, {
        ...headers,
        "content-type": "text/event-stream",
        "cache-control": "no-store",
      });
      response.write("retry: 2000\n\n");
      listeners.add(response);
      response.once("close", () => listeners.delete(response));
      return true;
    },
    changed(target: string): void {
      if (listeners.size === 0) return;
      waiting.add(target);
      gathering ??= setTimeout(() => {
        gathering = undefined;
        send(`event: changed\ndata: ${JSON.stringify({ targets: [...waiting] })}\n\n`);
        waiting.clear();
      }, gatherMilliseconds);
    },
    close(): void {
      clearInterval(alive);
      clearTimeout(gathering);
      for (const listener of listeners) listener.end();
    },
  };
}
