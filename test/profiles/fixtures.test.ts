/** Plain SQL confirms the figures that `profiles-test.slow.test.ts` expects of the profiles. */
import { readFileSync } from "node:fs";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { FIGURES } from "./figures.ts";

const FOLDER = new URL("./fixtures/", import.meta.url);
const textOf = (file: string) => readFileSync(new URL(file, FOLDER), "utf8");

type Place = { [key: string]: unknown };

/** Sets the value at a path such as `queue.counts.done`. */
function put(into: Place, place: string, value: unknown): Place {
  const [first = "", ...rest] = place.split(".");
  into[first] = rest.length === 0 ? value : put((into[first] ?? {}) as Place, rest.join("."), value);
  return into;
}

/** Formats a time as the response does: without milliseconds if they are zero. */
const shown = (value: unknown) => (typeof value === "string" ? value.replace(/\.000Z$/, "Z") : value);

function itemOf(row: Place): Place {
  return Object.entries(row).reduce((item, [name, value]) => put(item, name, shown(value)), {} as Place);
}

function figuresOf(system: string): Place {
  const database = new Database(":memory:");
  database.exec(textOf(`${system}.dump.sql`));
  const figures: Place = {};
  for (const [place, sql] of Object.entries(FIGURES[system] ?? {})) {
    const rows = database.prepare<[], Place>(sql).all();
    const figure = place.endsWith("[]") ? rows.map(itemOf) : shown(Object.values(rows[0] ?? {})[0]);
    put(figures, place.replace("[]", ""), figure);
  }
  database.close();
  return figures;
}

describe("the shipped profiles", () => {
  for (const system of Object.keys(FIGURES)) {
    it(`are expected to report what plain SQL finds in the tables of ${system}`, () => {
      expect(JSON.parse(textOf(`${system}.expected.json`))).toEqual(figuresOf(system));
    });
  }
});
