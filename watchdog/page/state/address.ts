/** The part of the address after `#`, and what a view keeps in it, so that a link or a reload shows the same. */
import { useEffect, useState } from "preact/hooks";
import { parametersOf, withParameters } from "../route.ts";

/** Follows the address. */
export function useHash(): string {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = () => setHash(location.hash);
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return hash;
}

/** The parameters, and a function that changes some of them: the way back leads to another view, not to another filter. */
export function useParameters(): [URLSearchParams, (changes: Readonly<Record<string, string>>) => void] {
  const parameters = parametersOf(useHash());
  return [parameters, setParameters];
}

function setParameters(changes: Readonly<Record<string, string>>): void {
  history.replaceState(null, "", withParameters(location.hash, changes));
  dispatchEvent(new HashChangeEvent("hashchange"));
}
