/** The filters of the list of agents. */
import { useMemo } from "preact/hooks";
import { useParameters } from "../../state/address.ts";
import { formatCount } from "../../words/format.ts";
import { causeWord } from "../../words/glossary.ts";
import { verdictAppearance, verdictRank } from "../../words/verdicts.ts";
import { CHOICES, type Choice, type ListedAgent } from "./agent-list.ts";

const TYPED = { text: "Search", task: "Task" };

interface Props {
  readonly agents: readonly ListedAgent[];
  readonly shown: number;
}

export function AgentFilters({ agents, shown }: Props) {
  const [parameters, change] = useParameters();
  const set = (name: string, value: string) => change({ [name]: value, page: "" });
  const options = useMemo(() => CHOICES.map((choice) => optionsOf(choice, agents)), [agents]);
  const all = [...CHOICES.map(({ name }) => name), ...Object.keys(TYPED)];
  const isNarrowed = all.some((name) => parameters.has(name));
  const none = Object.fromEntries([...all, "page"].map((name) => [name, ""]));
  return (
    <search class="filters">
      {Object.entries(TYPED).map(([name, label]) => (
        <input
          key={name}
          type="search"
          aria-label={label}
          placeholder={label}
          value={parameters.get(name) ?? ""}
          onInput={(event) => set(name, event.currentTarget.value)}
        />
      ))}
      {CHOICES.map(({ name, label }, index) => (
        <select
          key={name}
          aria-label={label}
          value={parameters.get(name) ?? ""}
          onChange={(event) => set(name, event.currentTarget.value)}
        >
          <option value="">{label}: all</option>
          {withChosen(options[index] ?? [], parameters.get(name)).map(([value, many]) => (
            <option key={value} value={value}>
              {wordOf(name, value)} ({formatCount(many)})
            </option>
          ))}
        </select>
      ))}
      {isNarrowed && (
        <button type="button" onClick={() => change(none)}>
          Clear
        </button>
      )}
      <span class="muted" role="status">
        {isNarrowed ? `${formatCount(shown)} of ${formatCount(agents.length)}` : ""}
      </span>
    </search>
  );
}

/** Returns the values that occur, with their counts. */
function optionsOf({ name, read }: Choice, agents: readonly ListedAgent[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const agent of agents) {
    const value = read(agent);
    if (value !== "") counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const rank = (value: string) => (name === "verdict" ? verdictRank(value) : 0);
  return [...counts].sort(([one], [other]) => rank(one) - rank(other) || one.localeCompare(other));
}

/** Keeps a selected value that no longer occurs. */
function withChosen(values: readonly [string, number][], chosen: string | null): readonly [string, number][] {
  const isThere = chosen === null || values.some(([value]) => value === chosen);
  return isThere ? values : [...values, [chosen, 0]];
}

function wordOf(name: Choice["name"], value: string): string {
  if (name === "verdict") return verdictAppearance(value).word;
  return name === "cause" ? causeWord(value) : value;
}
