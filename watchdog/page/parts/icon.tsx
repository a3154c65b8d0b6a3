/** Icons of 16 pixels that differ without colour. Screen readers read the word beside them. */
import { DRAWN, FILLED, type IconName } from "../../words/icons.ts";

const PATHS: Readonly<Partial<Record<IconName, string>>>[] = [FILLED, DRAWN];

export function Icon({ name }: { name: IconName }) {
  const [filled, drawn] = PATHS.map((paths) => paths[name]);
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      {filled && <path fill-rule="evenodd" d={filled} />}
      {drawn && (
        <path class="stroke" d={drawn} {...(name === "dashed-circle" && { "stroke-dasharray": "2.5 2.2" })} />
      )}
    </svg>
  );
}
