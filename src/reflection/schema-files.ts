/**
 * The files that describe services, found as reflection clients ask for them: by file name, by a symbol, or by an
 * extension of a message.
 */
import { type DescExtension, type DescFile, type DescService, toBinary } from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

type DescType = ReturnType<typeof nestedTypes> extends Iterable<infer Type> ? Type : never;

export class SchemaFiles {
  readonly #files: readonly DescFile[];
  readonly #types: readonly DescType[];
  readonly #fileOfSymbol: ReadonlyMap<string, DescFile>;

  constructor(services: readonly DescService[]) {
    this.#files = [...new Set(services.flatMap(({ file }) => withImports(file)))];
    this.#types = this.#files.flatMap((file) => [...nestedTypes(file)]);
    this.#fileOfSymbol = new Map(
      this.#types.flatMap((type) => symbolsOf(type).map((symbol) => [symbol, type.file])),
    );
  }

  /** Returns a file and everything that it imports, in binary, or undefined if there is no such file. */
  byName(name: string): Uint8Array[] | undefined {
    // A DescFile's own name has no suffix.
    return inBinary(this.#files.find(({ proto }) => proto.name === name));
  }

  /** Returns the file that declares a service, method, message, field, oneof, enum, enum value or extension. */
  bySymbol(symbol: string): Uint8Array[] | undefined {
    return inBinary(this.#fileOfSymbol.get(symbol));
  }

  /** Returns the file that declares a message's extension with this number. */
  byExtension(message: string, number: number): Uint8Array[] | undefined {
    return inBinary(this.#extensionsOf(message).find((extension) => extension.number === number)?.file);
  }

  /** Returns the numbers of a message's extensions, or undefined if there is no such message. */
  extensionNumbers(message: string): number[] | undefined {
    const isKnown = this.#types.some(({ kind, typeName }) => kind === "message" && typeName === message);
    const numbers = this.#extensionsOf(message).map(({ number }) => number);
    return isKnown ? numbers.sort((a, b) => a - b) : undefined;
  }

  #extensionsOf(message: string): readonly DescExtension[] {
    const extensions = this.#types.filter((type) => type.kind === "extension");
    return extensions.filter(({ extendee }) => extendee.typeName === message);
  }
}

function inBinary(file: DescFile | undefined): Uint8Array[] | undefined {
  return file && withImports(file).map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
}

function withImports(file: DescFile, seen = new Set<DescFile>()): readonly DescFile[] {
  if (seen.has(file)) return [];
  seen.add(file);
  return [file, ...file.dependencies.flatMap((dependency) => withImports(dependency, seen))];
}

/** Returns the names of a type and of everything that it declares. */
function symbolsOf(type: DescType): readonly string[] {
  const { typeName } = type;
  // Enum values are siblings of their enum: protobuf.dev/programming-guides/proto3/#enum.
  const scope = type.kind === "enum" ? typeName.slice(0, typeName.lastIndexOf(".") + 1) : `${typeName}.`;
  return [typeName, ...membersOf(type).map(({ name }) => scope + name)];
}

function membersOf(type: DescType): readonly { readonly name: string }[] {
  if (type.kind === "message") return [...type.fields, ...type.oneofs];
  if (type.kind === "service") return type.methods;
  return type.kind === "enum" ? type.values : [];
}
