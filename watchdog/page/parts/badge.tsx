/** A state as an icon and a word. Only states that need a person are filled. */

import { formatCount } from "../../words/format.ts";
import { type Appearance, sortedCounts, verdictAppearance } from "../../words/verdicts.ts";
import { Icon } from "./icon.tsx";

export function Badge({ appearance, count }: { appearance: Appearance; count?: number }) {
  return (
    <span class={`badge ${appearance.tone}`} title={appearance.meaning}>
      <Icon name={appearance.icon} />
      <span>
        {count === undefined ? "" : `${formatCount(count)} `}
        {appearance.word}
      </span>
    </span>
  );
}

/** The number of agents by verdict, worst first. */
export function VerdictCounts({ counts }: { counts: Readonly<Partial<Record<string, number>>> }) {
  const entries = sortedCounts(counts);
  if (entries.length === 0) return <span class="muted">none running</span>;
  return (
    <span class="badges">
      {entries.map(([name, count]) => (
        <Badge key={name} appearance={verdictAppearance(name)} count={count} />
      ))}
    </span>
  );
}
