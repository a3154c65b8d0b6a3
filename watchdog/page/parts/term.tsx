/** A word with its meaning on hover. The help sheet lists all of them, for the keyboard and for touch. */
import type { ComponentChildren } from "preact";
import { TERMS, type TermName } from "../words/glossary.ts";

export function Term({ name, children }: { name: TermName; children: ComponentChildren }) {
  return (
    <span class="term" title={TERMS[name]}>
      {children}
    </span>
  );
}
