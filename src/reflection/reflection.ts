/**
 * gRPC server reflection for a Connect router, for clients without a schema (grpcurl, buf curl). Both versions of the
 * protocol have the same messages. It streams in both directions, and so needs HTTP/2. Protocol:
 * github.com/grpc/grpc/blob/master/doc/server-reflection.md.
 */
import { create, type DescService, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Code, type ConnectRouter } from "@connectrpc/connect";
import {
  ServerReflection,
  type ServerReflectionRequest,
  type ServerReflectionResponse,
  ServerReflectionResponseSchema,
} from "../../gen/grpc/reflection/v1/reflection_pb.js";
import {
  ServerReflection as ServerReflectionAlpha,
  ServerReflectionResponseSchema as ServerReflectionResponseAlphaSchema,
} from "../../gen/grpc/reflection/v1alpha/reflection_pb.js";
import { SchemaFiles } from "./schema-files.ts";

type Answer = NonNullable<MessageInitShape<typeof ServerReflectionResponseSchema>["messageResponse"]>;
type Request = Pick<ServerReflectionRequest, "host" | "messageRequest">;
type Question = ServerReflectionRequest["messageRequest"];

/** Returns the services that reflection describes: these and itself. */
export function reflectedServices(services: readonly DescService[]): readonly DescService[] {
  return [...services, ServerReflection, ServerReflectionAlpha];
}

/** Registers reflection for these services and itself. */
export function reflectionRoutes(services: readonly DescService[]): (router: ConnectRouter) => void {
  const all = reflectedServices(services);
  const files = new SchemaFiles(all);

  function respond({ host, messageRequest }: Request): ServerReflectionResponse {
    return create(ServerReflectionResponseSchema, {
      validHost: host,
      originalRequest: { host, messageRequest },
      messageResponse: answer(messageRequest, all, files),
    });
  }

  return (router) => {
    router.service(ServerReflection, {
      async *serverReflectionInfo(requests) {
        for await (const request of requests) yield respond(request);
      },
    });
    router.service(ServerReflectionAlpha, {
      async *serverReflectionInfo(requests) {
        for await (const request of requests) yield inAlpha(respond(request as Request));
      },
    });
  };
}

/** Converts through the binary encoding, since the fields have the same numbers. */
function inAlpha(response: ServerReflectionResponse) {
  return fromBinary(ServerReflectionResponseAlphaSchema, toBinary(ServerReflectionResponseSchema, response));
}

function answer(question: Question, services: readonly DescService[], files: SchemaFiles): Answer {
  switch (question.case) {
    case "listServices":
      return {
        case: "listServicesResponse",
        value: { service: services.map(({ typeName }) => ({ name: typeName })) },
      };
    case "fileByFilename":
      return found(files.byName(question.value), `unknown file "${question.value}"`);
    case "fileContainingSymbol":
      return found(files.bySymbol(question.value), `unknown symbol "${question.value}"`);
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = question.value;
      return found(
        files.byExtension(containingType, extensionNumber),
        `unknown extension ${extensionNumber} of "${containingType}"`,
      );
    }
    case "allExtensionNumbersOfType": {
      const extensionNumber = files.extensionNumbers(question.value);
      if (!extensionNumber) return failure(Code.NotFound, `unknown message "${question.value}"`);
      return {
        case: "allExtensionNumbersResponse",
        value: { baseTypeName: question.value, extensionNumber },
      };
    }
    default:
      return failure(Code.InvalidArgument, "the request is empty");
  }
}

function found(fileDescriptorProto: Uint8Array[] | undefined, otherwise: string): Answer {
  if (!fileDescriptorProto) return failure(Code.NotFound, otherwise);
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto } };
}

function failure(errorCode: Code, errorMessage: string): Answer {
  return { case: "errorResponse", value: { errorCode, errorMessage } };
}
