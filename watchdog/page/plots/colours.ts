/** Colours for the canvas, which has no custom properties. They are read from the styles, their only source. */

export interface Colours {
  readonly ink: string;
  readonly grid: string;
  readonly lines: readonly string[];
  readonly areas: readonly string[];
  readonly shade: string;
  /** The colour of a band by tone. */
  band(tone: string): { readonly fill: string; readonly strip: string; readonly text: string };
}

/** Returns the colours that currently apply to this element. */
export function readColours(element: HTMLElement, lines: number): Colours {
  const probe = document.createElement("span");
  element.append(probe);
  const read = (colour: string) => {
    probe.style.color = colour;
    return getComputedStyle(probe).color;
  };
  const names = Array.from({ length: lines }, (_, index) => `var(--line-${index + 1})`);
  const bands = new Map(
    ["good", "quiet", "watch", "bad", "unknown"].map((tone) => [
      tone,
      {
        fill: read(`color-mix(in srgb, var(--${tone}) 9%, transparent)`),
        strip: read(`var(--${tone}-fill)`),
        text: read(`var(--${tone})`),
      },
    ]),
  );
  const colours = {
    ink: read("var(--muted)"),
    grid: read("var(--rule)"),
    shade: read("color-mix(in srgb, var(--muted) 25%, transparent)"),
    lines: names.map(read),
    areas: names.map((name) => read(`color-mix(in srgb, ${name} 28%, var(--surface))`)),
  };
  probe.remove();
  const none = { fill: "transparent", strip: "transparent", text: "transparent" };
  return { ...colours, band: (tone) => bands.get(tone) ?? none };
}
