/** Draws a plot on a canvas with uPlot. */
import uPlot from "uplot";
import { formatTick } from "../../words/format.ts";
import { drawBands, STRIP_HEIGHT } from "./bands.ts";
import { readColours } from "./colours.ts";
import { DASHES, type PlotData, sums } from "./line.ts";

const HEIGHT = 190;
const FONT = "11px system-ui, sans-serif";

export interface Drawing {
  readonly data: PlotData;
  /** Labels of the vertical axis. */
  readonly tick: (value: number) => string;
  /** The allowed steps of the axis. */
  readonly steps: readonly number[];
  /** The minimum of the axis' upper end, so that small values do not look large. */
  readonly least: number;
  /** Plots with the same key show the same point in time. */
  readonly sync: string;
  /** Called with the selected point in time; undefined: none. */
  readonly point: (index: number | undefined) => void;
}

/** Colours are read once, so draw again when they change. `drawing` fixes the number of lines. */
export function draw(element: HTMLElement, drawing: Drawing) {
  const { tick, steps, least, sync, point } = drawing;
  const { lines, stacked, bands } = drawing.data;
  let { data } = drawing;
  const colours = readColours(element, lines.length);
  const axis = { stroke: colours.ink, font: FONT, ticks: { show: false } };
  const order = lines.map((_, index) => (stacked ? lines.length - 1 - index : index));
  const options: uPlot.Options = {
    width: element.clientWidth,
    height: HEIGHT,
    ms: 1,
    padding: [bands ? STRIP_HEIGHT : 8, 28, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false, setScale: false },
      points: { size: 7 },
      sync: { key: sync, setSeries: false },
    },
    scales: {
      x: { time: true, range: () => [...data.span] },
      y: { range: (_plot, _least, most) => [0, Math.max(least, (most ?? 0) * 1.08)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 76,
        size: 26,
        values: (_plot, splits, _axis, _space, step) => splits.map((time) => formatTick(time, step / 1_000)),
      },
      {
        ...axis,
        grid: { stroke: colours.grid, width: 1 },
        space: 36,
        incrs: [...steps],
        size: (_plot, words) =>
          Math.max(34, 12 + 6.5 * Math.max(0, ...(words ?? []).map((word) => word.length))),
        values: (_plot, splits) => splits.map(tick),
      },
    ],
    series: [
      {},
      ...order.map((index): uPlot.Series => {
        const isShaded = lines[index]?.shaded;
        return {
          stroke: (!isShaded && colours.lines[index]) || colours.ink,
          width: 1.75,
          dash: [...(DASHES[index] ?? [])],
          points: { show: (_plot, _series, from, to) => to - from < 2 },
          ...(stacked ? { fill: colours.areas[index] ?? "transparent" } : {}),
          ...(isShaded ? { fill: colours.shade } : {}),
        };
      }),
    ],
    hooks: {
      drawAxes: [(plot) => drawBands(plot, data.bands ?? [], colours)],
      setCursor: [(plot) => point(plot.cursor.idx ?? undefined)],
    },
  };
  const plot = new uPlot(options, columns(data), element);
  const watch = new ResizeObserver(() => {
    if (element.clientWidth > 0) plot.setSize({ width: element.clientWidth, height: HEIGHT });
  });
  watch.observe(element);
  return {
    update(next: PlotData) {
      data = next;
      plot.setData(columns(next));
    },
    show(index: number) {
      const time = data.times[index];
      if (time !== undefined) plot.setCursor({ left: plot.valToPos(time, "x"), top: 0 });
    },
    end() {
      watch.disconnect();
      plot.destroy();
    },
  };
}

/** Sums are drawn from the greatest to the least, so that each area covers the part of the others. */
function columns({ times, lines, stacked }: PlotData): uPlot.AlignedData {
  const values = stacked ? sums(lines).reverse() : lines.map((line) => [...line.values]);
  return [[...times], ...values];
}
