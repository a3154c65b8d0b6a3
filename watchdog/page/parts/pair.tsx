/** A name with its value, in a `dl` of the class `pairs`. An empty value is a dash. */
import type { ComponentChildren } from "preact";
import { UNKNOWN } from "../../words/format.ts";

interface Props {
  readonly name: ComponentChildren;
  readonly children: ComponentChildren;
}

export function Pair({ name, children }: Props) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children || UNKNOWN}</dd>
    </>
  );
}
