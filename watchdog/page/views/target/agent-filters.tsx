/** What the list of agents is narrowed down to. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { useParameters } from "../../state/address.ts";
import { formatCount } from "../../words/format.ts";
import { causeWord } from "../../words/glossary.ts";
import { verdictAppearance, verdictRank } from "../../words/verdicts.ts";
import { CHOICE_NAMES, CHOICES, type Choice, type ListedAgent } from "./agent-list.ts";

const NAMES: Readonly<Record<Choice, string>> = {
  verdict: "Verdict",
  cause: "Waits for",
  agent: "Agent",
  model: "Model",
};

interface Props {
  readonly agents: readonly ListedAgent[];
  readonly shown: number;
}

export function AgentFilters({ agents, shown }: Props) {
  const [parameters, change] = useParameters();
  const set = (name: string, value: string) => change({ [name]: value, page: "" });
  const options = useMemo(
    () => CHOICE_NAMES.map((name) => [name, optionsOf(name, agents)] as const),
    [agents],
  );
  const all = [...CHOICE_NAMES, "task", "text"];
  const isNarrowed = all.some((name) => parameters.has(name));
  const none = Object.fromEntries([...all, "page"].map((name) => [name, ""]));
  return (
    <search class="filters">
      <Typed name="text" label="Search" parameters={parameters} set={set} />
      <Typed name="task" label="Task" parameters={parameters} set={set} />
      {options.map(([name, values]) => (
        <label key={name}>
          <span class="only-heard">{NAMES[name]}</span>
          <select
            value={parameters.get(name) ?? ""}
            onChange={(event) => set(name, event.currentTarget.value)}
          >
            <option value="">{NAMES[name]}: all</option>
            {withChosen(values, parameters.get(name)).map(([value, many]) => (
              <option key={value} value={value}>
                {wordOf(name, value)} ({formatCount(many)})
              </option>
            ))}
          </select>
        </label>
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

interface TypedProps {
  readonly name: string;
  readonly label: string;
  readonly parameters: URLSearchParams;
  readonly set: (name: string, value: string) => void;
}

/** The list follows once the typing pauses. */
const PAUSE_MILLISECONDS = 150;

function Typed({ name, label, parameters, set }: TypedProps) {
  const held = parameters.get(name) ?? "";
  const [text, setText] = useState(held);
  useEffect(() => setText(held), [held]);
  useEffect(() => {
    if (text === held) return;
    const timer = setTimeout(() => set(name, text), PAUSE_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <label>
      <span class="only-heard">{label}</span>
      <input
        type="search"
        placeholder={label}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
    </label>
  );
}

/** The values that occur, and how often. */
function optionsOf(name: Choice, agents: readonly ListedAgent[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const agent of agents) {
    const value = CHOICES[name](agent);
    if (value !== "") counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const rank = (value: string) => (name === "verdict" ? verdictRank(value) : 0);
  return [...counts].sort(([one], [other]) => rank(one) - rank(other) || one.localeCompare(other));
}

/** A value that no longer occurs stays chosen. */
function withChosen(values: readonly [string, number][], chosen: string | null): readonly [string, number][] {
  const isThere = chosen === null || values.some(([value]) => value === chosen);
  return isThere ? values : [...values, [chosen, 0]];
}

function wordOf(name: Choice, value: string): string {
  if (name === "verdict") return verdictAppearance(value).word;
  return name === "cause" ? causeWord(value) : value;
}
