/** Text as found in files: mostly valid, truncated, repeated, and mixed with arbitrary text. */
import fc from "fast-check";

/** Arbitrary text: every code unit, including lone surrogates. */
export const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ maxLength: 40 }),
  fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)), maxLength: 40 }),
);

/** Names with a meaning in JavaScript, but not here. */
export const trapNames = fc.constantFrom("__proto__", "constructor", "toString", "hasOwnProperty", "");

/** Lines, each with these words and phrases among others, in any order. */
export function textOf(words: fc.Arbitrary<string>, separators: readonly string[]): fc.Arbitrary<string> {
  const word = fc.oneof({ weight: 8, arbitrary: words }, { weight: 1, arbitrary: anyText }, trapNames);
  return fc
    .array(fc.tuple(word, fc.constantFrom(...separators)), { maxLength: 30 })
    .map((parts) => parts.map((part) => part.join("")).join(""));
}

/** A text with a part removed, doubled or replaced. */
export function damaged(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(texts, fc.nat(), fc.nat(30), fc.oneof(fc.constant(""), anyText), fc.boolean())
    .map(([text, start, length, inserted, isDoubled]) => {
      const at = text.length === 0 ? 0 : start % text.length;
      const cut = text.slice(at, at + length);
      return text.slice(0, at) + (isDoubled ? cut + cut : inserted) + text.slice(at + length);
    });
}
