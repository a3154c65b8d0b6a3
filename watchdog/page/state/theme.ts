/** The theme: light, dark, or the system's, which is the default. The browser remembers the choice. */
import { useEffect, useState } from "preact/hooks";
import { store, stored } from "./stored.ts";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export function applyStoredTheme(): void {
  apply(storedTheme());
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(storedTheme);
  const choose = (chosen: Theme) => {
    apply(chosen);
    store("theme", chosen);
    setTheme(chosen);
  };
  return [theme, choose];
}

/** Counts changes of the colours, for drawings on a canvas. */
export function useColourChanges(): number {
  const [changes, setChanges] = useState(0);
  useEffect(() => {
    const changed = () => setChanges((count) => count + 1);
    const query = matchMedia("(prefers-color-scheme: dark)");
    query.addEventListener("change", changed);
    const observer = new MutationObserver(changed);
    observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => {
      query.removeEventListener("change", changed);
      observer.disconnect();
    };
  }, []);
  return changes;
}

function storedTheme(): Theme {
  const value = stored("theme") as Theme;
  return THEMES.includes(value) ? value : "system";
}

function apply(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
}
