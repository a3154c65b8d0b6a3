/** Fits texts into the cells of a terminal. Control characters are escaped. */
import stringWidth from "string-width";
import { printable } from "../../shared/printable.ts";

const CHARACTERS = new Intl.Segmenter("en", { granularity: "grapheme" });

export const widthOf = (text: string): number => stringWidth(printable(text));

/** Returns the text in exactly `width` cells: cut with an ellipsis, or padded. */
export function fitted(text: string, width: number, isRight = false): string {
  const shown = cut(printable(text), width);
  const padding = " ".repeat(Math.max(0, width - stringWidth(shown)));
  return isRight ? padding + shown : shown + padding;
}

function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let room = width - 1;
  let kept = "";
  for (const { segment } of CHARACTERS.segment(text)) {
    room -= stringWidth(segment);
    if (room < 0) break;
    kept += segment;
  }
  return `${kept}…`;
}
