/** The filters of the list of agents. */

import { formatCount } from "../../../words/format.ts";
import { causeWord } from "../../../words/glossary.ts";
import { verdictAppearance, verdictRank } from "../../../words/verdicts.ts";
import { useParameters } from "../../state/address.ts";
import { CHOICES, type Choice, type ListedAgent } from "./agent-list.ts";

const TYPED = { text: "Search", task: "Task" };

interface Props {
  readonly agents: readonly ListedAgent[];
  readonly shown: number;
}

export function AgentFilters({ agents, shown }: Props) {
  const [parameters, change] = useParameters();
  const set = (name: string, value: string) => change({ [name]: value, page: "" });
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
      {CHOICES.map((choice) => (
        <select
          key={choice.name}
          aria-label={choice.label}
          value={parameters.get(choice.name) ?? ""}
          onChange={(event) => set(choice.name, event.currentTarget.value)}
        >
          <option value="">{choice.label}: all</option>
          {optionsOf(choice, agents, parameters.get(choice.name)).map(([value, many]) => (
            <option key={value} value={value}>
              {wordOf(choice.name, value)} ({formatCount(many)})
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

/** Returns the values that occur, and the chosen one even if it no longer does, with their counts. */
function optionsOf({ name, read }: Choice, agents: readonly ListedAgent[], chosen: string | null) {
  const counts = new Map<string, number>(chosen ? [[chosen, 0]] : []);
  for (const agent of agents) {
    const value = read(agent);
    if (value !== "") counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const rank = (value: string) => (name === "verdict" ? verdictRank(value) : 0);
  return [...counts].sort(([one], [other]) => rank(one) - rank(other) || one.localeCompare(other));
}

function wordOf(name: Choice["name"], value: string): string {
  if (name === "verdict") return verdictAppearance(value).word;
  return name === "cause" ? causeWord(value) : value;
}
