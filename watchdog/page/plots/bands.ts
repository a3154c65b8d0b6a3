/** Verdicts behind a plot: a tint over their time, and a strip above it with their names if they fit. */
import type uPlot from "uplot";
import type { AgentSeries } from "../../api.ts";
import { verdictAppearance } from "../../words/verdicts.ts";
import type { Colours } from "./colours.ts";

/** The height of the strip above the plot, in CSS pixels. */
export const STRIP_HEIGHT = 22;

export function drawBands(plot: uPlot, bands: AgentSeries["bands"], colours: Colours): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  const right = bbox.left + bbox.width;
  ctx.save();
  ctx.font = `600 ${11 * ratio}px system-ui, sans-serif`;
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  for (const { from, to, verdict } of bands) {
    const start = Math.max(bbox.left, plot.valToPos(from, "x", true));
    const end = Math.min(right, plot.valToPos(to, "x", true));
    if (end <= start) continue;
    const { word, tone } = verdictAppearance(verdict);
    const { fill, strip, text } = colours.bands[tone];
    const top = bbox.top - (STRIP_HEIGHT - 2) * ratio;
    const height = (STRIP_HEIGHT - 6) * ratio;
    ctx.fillStyle = fill;
    ctx.fillRect(start, bbox.top, end - start, bbox.height);
    ctx.fillStyle = strip;
    ctx.fillRect(start, top, Math.max(ratio, end - start - ratio), height);
    ctx.fillStyle = text;
    // An edge separates bands without relying on colour.
    ctx.fillRect(start, top, 2 * ratio, height);
    if (ctx.measureText(word).width + 12 * ratio < end - start)
      ctx.fillText(word, start + 7 * ratio, top + height / 2);
  }
  ctx.restore();
}
