/** The files that describe some services, as reflection clients ask for them: by file name, or by a symbol within. */
import {
  type DescEnum,
  type DescFile,
  type DescMessage,
  type DescService,
  toBinary,
} from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

export class SchemaFiles {
  readonly #files = new Map<string, DescFile>();
  readonly #fileOfSymbol = new Map<string, DescFile>();

  constructor(services: readonly DescService[]) {
    for (const { file } of services) this.#add(file);
  }

  /** A file, and after it all that it imports, each in binary; undefined where there is no such file. */
  byName(name: string): Uint8Array[] | undefined {
    const file = this.#files.get(name);
    return file && withImports(file).map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
  }

  /** The file that declares a service, method, message, field, enum or enum value. */
  bySymbol(symbol: string): Uint8Array[] | undefined {
    const file = this.#fileOfSymbol.get(symbol);
    return file && this.byName(fileName(file));
  }

  #add(file: DescFile): void {
    if (this.#files.has(fileName(file))) return;
    this.#files.set(fileName(file), file);
    for (const symbol of symbolsOf(file)) this.#fileOfSymbol.set(symbol, file);
    for (const dependency of file.dependencies) this.#add(dependency);
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

function symbolsOf({ services, messages, enums }: DescFile): readonly string[] {
  return [
    ...services.flatMap(({ typeName, methods }) => [
      typeName,
      ...methods.map(({ name }) => `${typeName}.${name}`),
    ]),
    ...messages.flatMap(symbolsOfMessage),
    ...enums.flatMap(symbolsOfEnum),
  ];
}

function symbolsOfMessage(message: DescMessage): readonly string[] {
  return [
    message.typeName,
    ...message.fields.map(({ name }) => `${message.typeName}.${name}`),
    ...message.oneofs.map(({ name }) => `${message.typeName}.${name}`),
    ...message.nestedMessages.flatMap(symbolsOfMessage),
    ...message.nestedEnums.flatMap(symbolsOfEnum),
  ];
}

/** Enum values are siblings of their enum: protobuf.dev/programming-guides/proto3/#enum. */
function symbolsOfEnum({ typeName, values }: DescEnum): readonly string[] {
  const scope = typeName.slice(0, typeName.lastIndexOf(".") + 1);
  return [typeName, ...values.map(({ name }) => scope + name)];
}
