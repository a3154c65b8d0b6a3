/** A small line without axes, with a text alternative. */
import { formatCount } from "../../words/format.ts";

const WIDTH = 90;
const HEIGHT = 22;

export function Sparkline({ values, what }: { values: readonly (number | null)[]; what: string }) {
  const known = values.filter((value): value is number => value !== null);
  if (known.length < 2) return null;
  const most = Math.max(1, ...known);
  const points = values.flatMap((value, index) =>
    value === null
      ? []
      : [`${(index / (values.length - 1)) * WIDTH},${HEIGHT - 2 - (value / most) * (HEIGHT - 4)}`],
  );
  const words = `${what}: ${formatCount(Math.min(...known))} to ${formatCount(Math.max(...known))}`;
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={words}
    >
      <title>{words}</title>
      <polyline points={points.join(" ")} />
    </svg>
  );
}
