/** A figure with a name and a note, in a `dl` of the class `figures`. */
import type { ComponentChildren } from "preact";

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
        {children && <span class="detail">{children}</span>}
      </dd>
    </div>
  );
}
