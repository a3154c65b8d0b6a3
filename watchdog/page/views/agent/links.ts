/** Links to other programs, from the templates of the thresholds file. */
import type { LinkPlaceholder } from "../../../link-placeholders.ts";

export type LinkValues = Readonly<Partial<Record<LinkPlaceholder, string | number>>>;

/** Returns links by name. A link with an unknown value, or with an invalid address, is omitted. */
export function linksOf(
  templates: Readonly<Record<string, string>>,
  values: LinkValues,
): readonly (readonly [name: string, address: string])[] {
  return Object.entries(templates).flatMap(([name, template]) => {
    const address = filledIn(template, values);
    return address !== undefined && isWebAddress(address) ? [[name, address] as const] : [];
  });
}

function filledIn(template: string, values: LinkValues): string | undefined {
  let isWhole = true;
  const address = template.replaceAll(/\{(\w+)\}/g, (_, name: LinkPlaceholder) => {
    const value = values[name] ?? "";
    isWhole &&= value !== "";
    return encodeURIComponent(value);
  });
  return isWhole ? address : undefined;
}

function isWebAddress(address: string): boolean {
  return URL.canParse(address) && /^https?:$/.test(new URL(address).protocol);
}
