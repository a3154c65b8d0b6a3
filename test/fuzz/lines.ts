/** Text as files hold it: mostly what belongs there, cut, repeated, and mixed with anything. */
import fc from "fast-check";

/** Anything at all: every code unit, lone surrogates too. */
export const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ maxLength: 40 }),
  fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)), maxLength: 40 }),
);

/** Names that mean something to JavaScript, not to us. */
export const trapNames = fc.constantFrom("__proto__", "constructor", "toString", "hasOwnProperty", "");

/** Lines, each one of these words and phrases with others around, in any order. */
export function textOf(words: fc.Arbitrary<string>, separators: readonly string[]): fc.Arbitrary<string> {
  const word = fc.oneof({ weight: 8, arbitrary: words }, { weight: 1, arbitrary: anyText }, trapNames);
  return fc
    .array(fc.tuple(word, fc.constantFrom(...separators)), { maxLength: 30 })
    .map((parts) => parts.map((part) => part.join("")).join(""));
}

/** A text with a stretch taken out, doubled or replaced. */
export function damaged(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(texts, fc.nat(), fc.nat(30), fc.oneof(fc.constant(""), anyText), fc.boolean())
    .map(([text, start, length, inserted, isDoubled]) => {
      const at = text.length === 0 ? 0 : start % text.length;
      const cut = text.slice(at, at + length);
      return text.slice(0, at) + (isDoubled ? cut + cut : inserted) + text.slice(at + length);
    });
}
