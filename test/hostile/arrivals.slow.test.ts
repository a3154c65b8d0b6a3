/** The list of requests in progress, held against an array: whichever leave, in whichever order. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Arrival, Arrivals } from "../../src/server/traffic/arrivals.ts";

interface Item extends Arrival {
  readonly name: number;
}

function item(name: number): Item {
  return { name, previous: undefined, next: undefined };
}

describe("arrivals", () => {
  it("are in the order in which they came, whichever left", () => {
    // A number of items that are there now picks the one that leaves; undefined: one more comes.
    const steps = fc.array(fc.option(fc.nat(20), { nil: undefined, freq: 2 }), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (leaving) => {
        const arrivals = new Arrivals<Item>();
        const expected: Item[] = [];
        for (const [name, at] of leaving.entries()) {
          const left = at === undefined ? undefined : expected[at % Math.max(1, expected.length)];
          if (left) {
            arrivals.remove(left);
            expected.splice(expected.indexOf(left), 1);
          } else {
            const came = item(name);
            arrivals.add(came);
            expected.push(came);
          }
          expect([...arrivals]).toEqual(expected);
          expect(arrivals.size).toBe(expected.length);
        }
      }),
    );
  });

  it("hold on to nothing of what left", () => {
    const arrivals = new Arrivals<Item>();
    const [first, second, third] = [item(1), item(2), item(3)];
    for (const one of [first, second, third]) arrivals.add(one);
    arrivals.remove(second);
    expect(second).toEqual(item(2));
    expect(first.next).toBe(third);
    expect(third.previous).toBe(first);
  });
});
