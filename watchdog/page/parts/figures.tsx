/** A row of figures, each with a name and a note. */
import type { ComponentChildren } from "preact";

export function Figures({ children }: { children: ComponentChildren }) {
  return <dl class="figures">{children}</dl>;
}

export function Figure({
  name,
  value,
  children,
}: {
  name: ComponentChildren;
  value: ComponentChildren;
  children?: ComponentChildren;
}) {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd>
        <span class="value">{value}</span>
        {children && <span class="beside">{children}</span>}
      </dd>
    </div>
  );
}
