/**
 * The files that describe some services, as reflection clients ask for them: by file name, by a symbol within, or by an
 * extension of a message.
 */
import {
  type DescEnum,
  type DescExtension,
  type DescFile,
  type DescMessage,
  type DescService,
  toBinary,
} from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

export class SchemaFiles {
  readonly #files = new Map<string, DescFile>();
  readonly #fileOfSymbol = new Map<string, DescFile>();
  /** By the extended message's name, each by its number. Every message that is known is here. */
  readonly #extensions = new Map<string, Map<number, DescExtension>>();

  constructor(services: readonly DescService[]) {
    for (const { file } of services) this.#add(file);
  }

  /** A file, and after it all that it imports, each in binary; undefined where there is no such file. */
  byName(name: string): Uint8Array[] | undefined {
    const file = this.#files.get(name);
    return file && withImports(file).map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
  }

  /** The file that declares a service, method, message, field, oneof, enum, enum value or extension. */
  bySymbol(symbol: string): Uint8Array[] | undefined {
    const file = this.#fileOfSymbol.get(symbol);
    return file && this.byName(fileName(file));
  }

  /** The file that declares a message's extension of this number. */
  byExtension(message: string, number: number): Uint8Array[] | undefined {
    const extension = this.#extensions.get(message)?.get(number);
    return extension && this.byName(fileName(extension.file));
  }

  /** The numbers of a message's extensions; undefined where there is no such message. */
  extensionNumbers(message: string): number[] | undefined {
    const extensions = this.#extensions.get(message);
    return extensions && [...extensions.keys()];
  }

  #add(file: DescFile): void {
    if (this.#files.has(fileName(file))) return;
    this.#files.set(fileName(file), file);
    for (const symbol of symbolsOf(file)) this.#fileOfSymbol.set(symbol, file);
    for (const dependency of file.dependencies) this.#add(dependency);
    for (const { typeName } of nested(file.messages)) this.#extensionsOf(typeName);
    for (const extension of [file, ...nested(file.messages)].flatMap(extensionsIn))
      this.#extensionsOf(extension.extendee.typeName).set(extension.number, extension);
  }

  #extensionsOf(message: string): Map<number, DescExtension> {
    const known = this.#extensions.get(message) ?? new Map<number, DescExtension>();
    this.#extensions.set(message, known);
    return known;
  }
}

/** The name that imports use; a DescFile's own has no suffix. */
function fileName(file: DescFile): string {
  return file.proto.name;
}

function withImports(file: DescFile, seen = new Set<DescFile>()): readonly DescFile[] {
  if (seen.has(file)) return [];
  seen.add(file);
  return [file, ...file.dependencies.flatMap((dependency) => withImports(dependency, seen))];
}

function symbolsOf(file: DescFile): readonly string[] {
  return [
    ...file.services.flatMap(({ typeName, methods }) => [
      typeName,
      ...methods.map(({ name }) => `${typeName}.${name}`),
    ]),
    ...nested(file.messages).flatMap(symbolsOfMessage),
    ...file.enums.flatMap(symbolsOfEnum),
    ...file.extensions.map(({ typeName }) => typeName),
  ];
}

/** Messages, and those within them. */
function nested(messages: readonly DescMessage[]): readonly DescMessage[] {
  return messages.flatMap((message) => [message, ...nested(message.nestedMessages)]);
}

function extensionsIn(desc: DescFile | DescMessage): readonly DescExtension[] {
  return desc.kind === "file" ? desc.extensions : desc.nestedExtensions;
}

function symbolsOfMessage(message: DescMessage): readonly string[] {
  return [
    message.typeName,
    ...[...message.fields, ...message.oneofs].map(({ name }) => `${message.typeName}.${name}`),
    ...message.nestedEnums.flatMap(symbolsOfEnum),
    ...message.nestedExtensions.map(({ typeName }) => typeName),
  ];
}

/** Enum values are siblings of their enum: protobuf.dev/programming-guides/proto3/#enum. */
function symbolsOfEnum({ typeName, values }: DescEnum): readonly string[] {
  const scope = typeName.slice(0, typeName.lastIndexOf(".") + 1);
  return [typeName, ...values.map(({ name }) => scope + name)];
}
