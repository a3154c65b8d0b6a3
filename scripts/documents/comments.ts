/** Reads the .proto's comments on messages and fields. */
import type { DescField, DescMessage } from "@bufbuild/protobuf";

/** Field numbers of descriptor.proto, which form the paths of source locations. */
const FILE_MESSAGE_TYPE = 4;
const MESSAGE_FIELD = 2;
const MESSAGE_NESTED_TYPE = 3;

/** Returns the comment as paragraphs of one line each, since line breaks of the .proto mean nothing elsewhere. */
export function commentOf(desc: DescMessage | DescField): string {
  const path = (desc.kind === "message" ? messagePath(desc) : fieldPath(desc)).join();
  const { sourceCodeInfo } = (desc.kind === "message" ? desc : desc.parent).file.proto;
  const location = sourceCodeInfo?.location.find((candidate) => candidate.path.join() === path);
  const comment = location?.leadingComments.trim();
  // Fails, since a document with a missing description would look complete.
  if (!comment) throw new Error(`${desc.toString()} has no comment: add one in the .proto`);
  return comment
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replaceAll(/\s*\n\s*/g, " ").trim())
    .join("\n\n");
}

function messagePath(message: DescMessage): number[] {
  return message.parent
    ? [
        ...messagePath(message.parent),
        MESSAGE_NESTED_TYPE,
        message.parent.proto.nestedType.indexOf(message.proto),
      ]
    : [FILE_MESSAGE_TYPE, message.file.proto.messageType.indexOf(message.proto)];
}

function fieldPath(field: DescField): number[] {
  return [...messagePath(field.parent), MESSAGE_FIELD, field.parent.proto.field.indexOf(field.proto)];
}
