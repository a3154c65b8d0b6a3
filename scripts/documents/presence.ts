/** Whether a field can be unset, and whether it is a section, which a read mask may leave out. */
import type { DescField } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";

/** Singular messages and `optional` scalars. Lists and maps are empty, never unset. */
export function canBeUnset(field: DescField): boolean {
  return (
    field.fieldKind !== "list" &&
    field.fieldKind !== "map" &&
    field.presence === FeatureSet_FieldPresence.EXPLICIT
  );
}

export function isSection(field: DescField): boolean {
  return (
    field.fieldKind === "message" &&
    field.parent.name === "GetMetricsResponse" &&
    field.message.name.endsWith("Section")
  );
}
