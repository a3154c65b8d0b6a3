/** The server's clock: ages are told by the machine that took the times, not by the one that looks at them. */
import { useEffect, useState } from "preact/hooks";

let ahead = 0;

export function learnTime(serverNow: number): void {
  ahead = serverNow - Date.now();
}

export const serverNow = () => Date.now() + ahead;

/** The server's time in milliseconds, anew each second. */
export function useNow(): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
