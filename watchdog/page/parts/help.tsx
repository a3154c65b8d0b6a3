/** The help sheet: colours, keyboard shortcuts, and what the words mean. */
import type { ComponentChildren, RefObject } from "preact";
import type { CauseName, VerdictName } from "../../judgement/verdict.ts";
import { KEYS, useKeysSetting } from "../state/keys.ts";
import { THEMES, type Theme, useTheme } from "../state/theme.ts";
import { CAUSES, TERMS, VERDICT_MEANINGS } from "../words/glossary.ts";
import { verdictAppearance } from "../words/verdicts.ts";
import { Badge } from "./badge.tsx";
import type { IconName } from "./icon-paths.ts";
import { Segments } from "./segments.tsx";

export function Help({ dialog }: { dialog: RefObject<HTMLDialogElement | null> }) {
  const [isOn, turn] = useKeysSetting();
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help">
      <form method="dialog" class="section-head">
        <h2 id="help">Help</h2>
        <button type="submit">Close</button>
      </form>
      <ThemeChoice />
      <h3>Keyboard</h3>
      <dl class="pairs">
        {Object.entries(KEYS).map(([key, meaning]) => (
          <Pair key={key} name={<kbd>{key}</kbd>}>
            {meaning}
          </Pair>
        ))}
      </dl>
      <label class="keys">
        <input type="checkbox" checked={isOn} onChange={(event) => turn(event.currentTarget.checked)} /> Use
        these keys
      </label>
      <h3>Verdicts</h3>
      <dl class="pairs">
        {(Object.keys(VERDICT_MEANINGS) as VerdictName[]).map((name) => (
          <Pair key={name} name={<Badge appearance={verdictAppearance(name)} />}>
            {VERDICT_MEANINGS[name]}
          </Pair>
        ))}
      </dl>
      <h3>What an agent waits for</h3>
      <dl class="pairs">
        {(Object.keys(CAUSES) as CauseName[]).map((name) => (
          <Pair key={name} name={CAUSES[name].word}>
            {CAUSES[name].meaning}
          </Pair>
        ))}
      </dl>
      <h3>Other words</h3>
      <dl class="pairs">
        {Object.entries(TERMS).map(([name, meaning]) => (
          <Pair key={name} name={name}>
            {meaning}
          </Pair>
        ))}
      </dl>
    </dialog>
  );
}

function Pair({ name, children }: { name: ComponentChildren; children: ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

const ICONS: Record<Theme, IconName> = { system: "screen", light: "sun", dark: "moon" };

function ThemeChoice() {
  const [theme, choose] = useTheme();
  const options = THEMES.map((name) => ({ value: name, word: name, icon: ICONS[name] }));
  return (
    <div class="themes">
      <span>Colours</span>
      <Segments legend="Colours" options={options} value={theme} choose={choose} />
    </div>
  );
}
