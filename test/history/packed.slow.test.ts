/** Sums as bytes: whatever goes in comes out, the same bits but for NaN's. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pack, unpack } from "../../src/repositories/sql/history/packed.ts";

const number = fc.oneof(
  fc.nat(300),
  fc.maxSafeNat(),
  fc.maxSafeInteger(),
  fc.double(),
  fc.constantFrom(
    0,
    -0,
    1,
    2,
    125,
    126,
    127,
    128,
    2 ** 32,
    2 ** 52,
    2 ** 52 + 1,
    2 ** 53,
    1e300,
    -1,
    Number.NaN,
  ),
);

describe("packed numbers", () => {
  it("come out as they went in", () => {
    fc.assert(
      fc.property(fc.array(number), (numbers) => {
        expect(unpack(pack(numbers))).toEqual(numbers);
      }),
    );
  });

  it("are the same text for the same numbers alone", () => {
    fc.assert(
      fc.property(fc.array(number), fc.array(number), (some, others) => {
        const isSame = some.length === others.length && some.every((one, at) => Object.is(one, others[at]));
        expect(pack(some) === pack(others)).toBe(isSame);
      }),
    );
  });

  it("take a byte or two where they are small counts", () => {
    expect(pack([0, 125, 4096, Number.NaN])).toHaveLength(1 + 1 + 2 + 1);
  });
});
