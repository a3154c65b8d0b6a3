/** The server's clock: ages are told by the machine that took the times, not by the one that looks at them. */
import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";

let ahead = 0;

export function learnTime(serverNow: number): void {
  ahead = serverNow - Date.now();
}

export const serverNow = () => Date.now() + ahead;

/** The time at which the clock of what is below stands still, since nothing newer is known; undefined: it goes. */
export const Standstill = createContext<number | undefined>(undefined);

/** The server's time in milliseconds, anew each second. */
export function useNow(): number {
  const standstill = useContext(Standstill);
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    if (standstill !== undefined) return;
    setNow(serverNow());
    const timer = setInterval(() => setNow(serverNow()), 1_000);
    return () => clearInterval(timer);
  }, [standstill]);
  return standstill ?? now;
}
