/** A word with its meaning as tooltip. The help sheet lists all of them, for keyboard and touch. */
import type { ComponentChildren } from "preact";
import { TERMS, type TermName } from "../../words/glossary.ts";

export function Term({ name, children }: { name: TermName; children: ComponentChildren }) {
  return (
    <span class="term" title={TERMS[name]}>
      {children}
    </span>
  );
}
