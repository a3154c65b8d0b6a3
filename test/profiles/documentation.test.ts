/** docs/profiles.md lists every section and column of the contract, in its order and with its type. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CAPABILITIES, capabilitiesOf } from "../../src/profiles/capabilities.ts";
import { CONTRACT, type Column, type SectionContract } from "../../src/profiles/contract.ts";
import { shippedProfiles } from "../../src/profiles/shipped.ts";

const page = readFileSync(new URL("../../docs/profiles.md", import.meta.url), "utf8");

const described = ({ name, type, nullable }: Column) => `\`${name}\` ${type}${nullable ? "?" : ""}`;

describe("docs/profiles.md", () => {
  for (const [section, { columns, optional }] of Object.entries<SectionContract>(CONTRACT)) {
    it(`has the columns of ${section}`, () => {
      const more = optional.length > 0 ? `; optional: ${optional.map(described).join(", ")}` : "";
      expect(page).toContain(`| \`${section}\` | ${columns.map(described).join(", ")}${more} |`);
    });
  }

  it("has every shipped profile, and what it makes visible", () => {
    const rows = page.match(/^\| `.*\|$/gm)?.map((row) => row.slice(2, -2).split(" | ")) ?? [];
    const columns = page
      .match(/^\| profile \|.*(?= \|$)/m)?.[0]
      .split(" | ")
      .slice(3);
    expect(columns).toEqual(CAPABILITIES);
    for (const profile of shippedProfiles()) {
      const [, system, databases, ...marks] = rows.find(([name]) => name === `\`${profile.name}\``) ?? [];
      expect(system?.toLowerCase()).toContain(profile.system.toLowerCase());
      expect(databases?.toLowerCase()).toContain(profile.dialect);
      const given = capabilitiesOf(profile);
      expect([profile.name, ...marks]).toEqual([
        profile.name,
        ...CAPABILITIES.map((capability) => (given.has(capability) ? "yes" : "-")),
      ]);
    }
  });
});
