/** The part of the address after `#`, and the parameters in it, so that links and reloads show the same view. */
import { useEffect, useState } from "preact/hooks";
import { parametersOf, withParameters } from "../route.ts";

/** Follows changes of the address. */
export function useHash(): string {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = () => setHash(location.hash);
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return hash;
}

/** Returns the parameters and a function that changes some. The back button leaves the view instead of undoing a filter. */
export function useParameters(): [URLSearchParams, (changes: Readonly<Record<string, string>>) => void] {
  const parameters = parametersOf(useHash());
  return [parameters, setParameters];
}

function setParameters(changes: Readonly<Record<string, string>>): void {
  history.replaceState(null, "", withParameters(location.hash, changes));
  dispatchEvent(new HashChangeEvent("hashchange"));
}
