/** The help sheet: colours, keyboard shortcuts, and the meaning of words. */
import { type ComponentChildren, Fragment, type RefObject } from "preact";
import { KEYS, useKeysSetting } from "../state/keys.ts";
import { THEMES, type Theme, useTheme } from "../state/theme.ts";
import { CAUSES, TERMS } from "../words/glossary.ts";
import { VERDICT_NAMES, verdictAppearance } from "../words/verdicts.ts";
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
      <Words
        title="Keyboard"
        words={Object.entries(KEYS).map(([key, meaning]) => [<kbd>{key}</kbd>, meaning])}
      />
      <label class="keys">
        <input type="checkbox" checked={isOn} onChange={(event) => turn(event.currentTarget.checked)} />{" "}
        Enable these shortcuts
      </label>
      <Words title="Verdicts" words={VERDICTS} />
      <Words
        title="What an agent waits for"
        words={Object.values(CAUSES).map(({ word, meaning }) => [word, meaning])}
      />
      <Words title="Other terms" words={Object.entries(TERMS)} />
    </dialog>
  );
}

const VERDICTS = VERDICT_NAMES.map(verdictAppearance).map(
  (appearance) => [<Badge appearance={appearance} />, appearance.meaning ?? ""] as const,
);

interface WordsProps {
  readonly title: string;
  readonly words: readonly (readonly [ComponentChildren, string])[];
}

function Words({ title, words }: WordsProps) {
  return (
    <>
      <h3>{title}</h3>
      <dl class="pairs">
        {words.map(([word, meaning]) => (
          <Fragment key={meaning}>
            <dt>{word}</dt>
            <dd>{meaning}</dd>
          </Fragment>
        ))}
      </dl>
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
