/**
 * Lists are told again and again, and from one telling to the next little of an item changes: of an agent that
 * waits only for how long it has run. What did not change is not written again.
 */

export interface WrittenField {
  /** As it stands before the value. */
  readonly key: string;
  readonly name: string;
  readonly write: (value: unknown) => string;
  /** Whether two values are written alike. */
  readonly isSame: (one: unknown, other: unknown) => boolean;
}

type Message = Readonly<Record<string, unknown>>;

interface Item {
  message: Message;
  /** The text of each field. */
  readonly texts: string[];
  /** The one field that changed last, with the text on its sides; undefined where there were several. */
  around: Around | undefined;
  text: string;
}

interface Around {
  readonly index: number;
  readonly before: string;
  readonly after: string;
}

/** A function that writes lists of messages with these fields; it compares each item with the last one in its place. */
export function rememberingWriter(fields: readonly WrittenField[]): (messages: readonly Message[]) => string {
  const items: Item[] = [];
  const write = (messages: readonly Message[]): string => {
    items.length = Math.min(items.length, messages.length);
    let list = "";
    for (const [index, message] of messages.entries()) {
      const known = items[index];
      const item = known ?? newItem(fields, message);
      if (known) update(known, fields, message);
      else items.push(item);
      list += index === 0 ? item.text : `,${item.text}`;
    }
    return `[${list}]`;
  };
  return (messages) => {
    try {
      return write(messages);
    } catch (error) {
      // Of an item that could not be written, some texts may be of one message and some of the other.
      items.length = 0;
      throw error;
    }
  };
}

function newItem(fields: readonly WrittenField[], message: Message): Item {
  const texts = fields.map((field) => textOf(field, message));
  return { message, texts, around: undefined, text: joined(texts) };
}

function update(item: Item, fields: readonly WrittenField[], message: Message): void {
  let changes = 0;
  let changed = 0;
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index] as WrittenField;
    if (field.isSame(message[field.name], item.message[field.name])) continue;
    item.texts[index] = textOf(field, message);
    changes += 1;
    changed = index;
  }
  item.message = message;
  if (changes === 0) return;
  if (changes > 1) item.around = undefined;
  else if (item.around?.index !== changed) item.around = around(item.texts, changed);
  item.text = item.around
    ? `${item.around.before}${item.texts[changed]}${item.around.after}`
    : joined(item.texts);
}

function around(texts: readonly string[], index: number): Around {
  const before = joined([...texts.slice(0, index), ""]);
  const after = joined(["", ...texts.slice(index + 1)]);
  return { index, before: before.slice(0, -"}".length), after: after.slice("{".length) };
}

function textOf({ key, name, write }: WrittenField, message: Message): string {
  const value = message[name];
  return value === undefined ? `${key}null` : `${key}${write(value)}`;
}

function joined(texts: readonly string[]): string {
  return `{${texts.join(",")}}`;
}
