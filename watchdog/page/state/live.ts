/** Events from the server: which targets changed, and whether the stream is connected. */
import { useEffect, useState } from "preact/hooks";

/** `polling`: the stream is lost. */
export type LiveState = "connecting" | "live" | "polling";

/** Receives the targets that were read; undefined: refetch everything now. */
type Listener = (targets?: readonly string[]) => void;

const RETRY_MILLISECONDS = 3_000;

const listeners = new Set<Listener>();

export function onChanged(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const refetchAll = () => announce();

const announce: Listener = (targets) => {
  for (const listener of listeners) listener(targets);
};

/** Connects, and reconnects for as long as the page is open. */
export function useLive(): LiveState {
  const [state, setState] = useState<LiveState>("connecting");
  useEffect(() => {
    let wasLost = false;
    const connect = () => {
      const events = new EventSource("api/events");
      events.addEventListener("open", () => {
        // Events in between were missed.
        if (wasLost) refetchAll();
        setState("live");
      });
      events.addEventListener("changed", ({ data }) => announce(JSON.parse(data).targets));
      events.addEventListener("error", () => {
        wasLost = true;
        setState("polling");
        // A browser stops reconnecting if the answer was not a stream, such as a proxy's error page.
        if (events.readyState === EventSource.CLOSED) setTimeout(connect, RETRY_MILLISECONDS);
      });
    };
    connect();
  }, []);
  return state;
}
