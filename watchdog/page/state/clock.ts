/** The server's clock: ages are computed by the clock of the machine that recorded the times. */
import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";

let ahead = 0;

export function learnTime(serverNow: number): void {
  ahead = serverNow - Date.now();
}

export const serverNow = () => Date.now() + ahead;

/** The time at which the clocks below stop, since no newer data is known; undefined: they run. */
export const Standstill = createContext<number | undefined>(undefined);

/** Returns the server's time in milliseconds, updated each second. */
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
