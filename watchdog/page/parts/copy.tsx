/** A terminal command with a copy button. */
import { useRef, useState } from "preact/hooks";

export function Copyable({ text }: { text: string }) {
  const code = useRef<HTMLElement>(null);
  const [done, setDone] = useState("");
  const copy = async () => {
    // Without HTTPS, only a page on this machine may write to the clipboard. Otherwise the text is selected.
    const copied = await navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    );
    if (!copied && code.current) getSelection()?.selectAllChildren(code.current);
    setDone(copied ? "Copied" : "Selected");
  };
  return (
    <span class="copyable">
      <code ref={code}>{text}</code>
      <button type="button" onClick={() => void copy()}>
        Copy<span class="only-heard">: {text}</span>
      </button>
      <span role="status" class="muted">
        {done}
      </span>
    </span>
  );
}
