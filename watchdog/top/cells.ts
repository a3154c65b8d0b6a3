/** Texts of others in the cells of a terminal: no control characters, and as wide as they are drawn. */
import { eastAsianWidth } from "get-east-asian-width";
import { printable } from "../../shared/printable.ts";

const GRAPHEMES = new Intl.Segmenter("en", { granularity: "grapheme" });
const INVISIBLE = /^[\p{Default_Ignorable_Code_Point}\p{Mark}]+$/u;
const EMOJI = /\p{Emoji_Presentation}|\ufe0f/u;
const PLAIN = /^[\x20-\x7e]*$/;

/** How many cells a printable text takes. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  return [...GRAPHEMES.segment(text)].reduce((sum, { segment }) => sum + cellsOf(segment), 0);
}

function cellsOf(grapheme: string): number {
  if (INVISIBLE.test(grapheme)) return 0;
  return EMOJI.test(grapheme) ? 2 : eastAsianWidth(grapheme.codePointAt(0) ?? 0);
}

/** The text in exactly so many cells: cut with an ellipsis, or padded. */
export function fitted(text: string, width: number, toRight = false): string {
  const shown = printable(text);
  const own = widthOf(shown);
  if (own <= width) return toRight ? " ".repeat(width - own) + shown : shown + " ".repeat(width - own);
  if (width < 1) return "";
  let kept = "";
  let left = width - 1;
  for (const { segment } of GRAPHEMES.segment(shown)) {
    left -= cellsOf(segment);
    if (left < 0) break;
    kept += segment;
  }
  return `${kept}…${" ".repeat(width - 1 - widthOf(kept))}`;
}
