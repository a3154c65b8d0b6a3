/** The help sheet: colours, keyboard shortcuts, and the meaning of words. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect } from "preact/hooks";
import { CAUSES, TERMS } from "../../words/glossary.ts";
import { VERDICT_NAMES, verdictAppearance } from "../../words/verdicts.ts";
import { useChoice } from "../state/choice.ts";
import { KEYS } from "../state/keys.ts";
import { Badge } from "./badge.tsx";
import { Pair } from "./pair.tsx";
import { Segments } from "./segments.tsx";

/** `system` is the default. */
const THEMES = ["system", "light", "dark"].map((name) => ({ value: name, word: name }));
const VERDICTS = VERDICT_NAMES.map(verdictAppearance);

export function Help() {
  const [keys, chooseKeys] = useChoice("keys");
  const [theme, chooseTheme] = useChoice("theme");
  useLayoutEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  return (
    <dialog class="help" aria-labelledby="help">
      <form method="dialog" class="section-head">
        <h2 id="help">Help</h2>
        <button type="submit">Close</button>
      </form>
      <div class="themes">
        <span>Colours</span>
        <Segments legend="Colours" options={THEMES} value={theme} choose={chooseTheme} />
      </div>
      <Words
        title="Keyboard"
        words={Object.entries(KEYS).map(([key, { meaning }]) => [<kbd>{key}</kbd>, meaning])}
      />
      <label class="keys">
        <input
          type="checkbox"
          checked={keys === "on"}
          onChange={(event) => chooseKeys(event.currentTarget.checked ? "on" : "off")}
        />{" "}
        Enable these shortcuts
      </label>
      <Words
        title="Verdicts"
        words={VERDICTS.map((verdict) => [<Badge appearance={verdict} />, verdict.meaning])}
      />
      <Words
        title="What an agent waits for"
        words={Object.values(CAUSES).map(({ word, meaning }) => [word, meaning])}
      />
      <Words title="Other terms" words={Object.entries(TERMS)} />
    </dialog>
  );
}

interface WordsProps {
  readonly title: string;
  readonly words: readonly (readonly [ComponentChildren, meaning: string | undefined])[];
}

function Words({ title, words }: WordsProps) {
  return (
    <>
      <h3>{title}</h3>
      <dl class="pairs">
        {words.map(([word, meaning]) => (
          <Pair key={meaning} name={word}>
            {meaning}
          </Pair>
        ))}
      </dl>
    </>
  );
}
