/** A choice between a few values, as radio buttons in a bar. */
import { useId } from "preact/hooks";
import { Icon } from "./icon.tsx";
import type { IconName } from "./icon-paths.ts";

export function Segments<T extends string | number>({
  legend,
  options,
  value,
  choose,
}: {
  legend: string;
  options: readonly { readonly value: T; readonly word: string; readonly icon?: IconName }[];
  value: T;
  choose: (value: T) => void;
}) {
  const name = useId();
  return (
    <fieldset class="segments">
      <legend class="only-heard">{legend}</legend>
      {options.map((option) => (
        <label key={option.value} title={option.icon && `${legend}: ${option.word}`}>
          <input
            type="radio"
            name={name}
            checked={option.value === value}
            onChange={() => choose(option.value)}
          />
          {option.icon && <Icon name={option.icon} />}
          <span class={option.icon && "only-heard"}>{option.word}</span>
        </label>
      ))}
    </fieldset>
  );
}
