/** A line for a terminal, and a button that copies it. */
import { useRef, useState } from "preact/hooks";

export function Copyable({ text }: { text: string }) {
  const code = useRef<HTMLElement>(null);
  const [done, setDone] = useState("");
  const copy = async () => {
    // Without HTTPS, and not on this machine, a page may not write to the clipboard: it selects instead.
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
