/** Colours for the canvas, which has no custom properties. They are read from the styles, their only source. */
import { useEffect, useState } from "preact/hooks";
import type { Tone } from "../../words/verdicts.ts";

export type Colours = ReturnType<typeof readColours>;

/** Returns the colours that currently apply to this element. */
export function readColours(element: HTMLElement, lines: number) {
  const probe = document.createElement("span");
  element.append(probe);
  const read = (colour: string) => {
    probe.style.color = colour;
    return getComputedStyle(probe).color;
  };
  const band = (tone: Tone) => ({
    fill: read(`color-mix(in srgb, var(--${tone}) 9%, transparent)`),
    strip: read(`var(--${tone}-fill)`),
    text: read(`var(--${tone})`),
  });
  const names = Array.from({ length: lines }, (_, index) => `var(--line-${index + 1})`);
  const colours = {
    ink: read("var(--muted)"),
    grid: read("var(--rule)"),
    shade: read("color-mix(in srgb, var(--muted) 25%, transparent)"),
    lines: names.map(read),
    areas: names.map((name) => read(`color-mix(in srgb, ${name} 28%, var(--surface))`)),
    /** Of the bands, by tone. */
    bands: {
      good: band("good"),
      quiet: band("quiet"),
      watch: band("watch"),
      bad: band("bad"),
      unknown: band("unknown"),
    },
  };
  probe.remove();
  return colours;
}

/** Counts changes of the colours, by the system or on this page. */
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
