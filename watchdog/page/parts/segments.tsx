/** A choice between a few values, as radio buttons in a bar. */
import { useId } from "preact/hooks";

interface Props<T> {
  readonly legend: string;
  readonly options: readonly { readonly value: T; readonly word: string }[];
  readonly value: T;
  readonly choose: (value: T) => void;
}

export function Segments<T extends string | number>({ legend, options, value, choose }: Props<T>) {
  const name = useId();
  return (
    <fieldset class="segments">
      <legend class="only-heard">{legend}</legend>
      {options.map((option) => (
        <label key={option.value}>
          <input
            type="radio"
            name={name}
            checked={option.value === value}
            onChange={() => choose(option.value)}
          />
          {option.word}
        </label>
      ))}
    </fieldset>
  );
}
