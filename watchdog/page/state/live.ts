/** Events from the server: which targets changed, and whether the stream is connected. */
import { useEffect, useState } from "preact/hooks";

export type LiveState = "connecting" | "live" | "lost";

/** Receives the targets that were read; undefined: refetch everything. */
type Listener = (targets: readonly string[] | undefined) => void;

const RETRY_MILLISECONDS = 3_000;

const changeListeners = new Set<Listener>();
const stateListeners = new Set<(state: LiveState) => void>();
let current: LiveState = "connecting";

/** Connects, and reconnects for as long as the page is open. */
export function startLive(): void {
  const events = new EventSource("api/events");
  events.addEventListener("open", () => {
    // Events in between were missed.
    if (current === "lost") announce(undefined);
    setState("live");
  });
  events.addEventListener("changed", (event) => announce(targetsOf(event.data)));
  events.addEventListener("error", () => {
    setState("lost");
    // A browser stops reconnecting if the answer was not a stream, such as a proxy's error page.
    if (events.readyState === EventSource.CLOSED) setTimeout(startLive, RETRY_MILLISECONDS);
  });
}

export function onChanged(listener: Listener): () => void {
  changeListeners.add(listener);
  return () => changeListeners.delete(listener);
}

export function refetchAll(): void {
  announce(undefined);
}

export function useLiveState(): LiveState {
  const [state, set] = useState(current);
  useEffect(() => {
    set(current);
    stateListeners.add(set);
    return () => void stateListeners.delete(set);
  }, []);
  return state;
}

function announce(targets: readonly string[] | undefined): void {
  for (const listener of changeListeners) listener(targets);
}

function setState(state: LiveState): void {
  current = state;
  for (const listener of stateListeners) listener(state);
}

function targetsOf(data: unknown): readonly string[] | undefined {
  try {
    const targets: unknown = JSON.parse(String(data)).targets;
    return Array.isArray(targets) ? targets.map(String) : undefined;
  } catch {
    return undefined;
  }
}
