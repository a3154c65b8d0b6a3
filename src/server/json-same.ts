/** Whether two values of a field have the same text, as far as that is quickly told. */
import type { DescField } from "@bufbuild/protobuf";

type IsSame = (one: unknown, other: unknown) => boolean;

const isIdentical: IsSame = (one, other) => one === other;

/** A function that says false where it would take long to tell: for lists and maps that are not the very same. */
export function sameText(field: DescField): IsSame {
  return field.fieldKind === "message" ? sameMessages(field.message.fields) : isIdentical;
}

function sameMessages(fields: readonly DescField[]): IsSame {
  const compared = fields.map((field) => ({ name: field.localName, isSame: sameText(field) }));
  return (one, other) => {
    if (one === other) return true;
    if (one === undefined || other === undefined) return false;
    const values = one as Readonly<Record<string, unknown>>;
    const others = other as Readonly<Record<string, unknown>>;
    for (const { name, isSame } of compared) if (!isSame(values[name], others[name])) return false;
    return true;
  };
}
