/** A client that sends what it likes, byte by byte. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface Raw extends Disposable {
  readonly socket: Socket;
  /** Everything that came back so far. */
  received(): Buffer;
  text(): string;
  /** Resolves once the other side closed. */
  readonly closed: Promise<void>;
  send(bytes: string | Uint8Array): void;
}

export async function openRaw(port: number, { reads = true } = {}): Promise<Raw> {
  const socket = connect(port, "127.0.0.1");
  // Being cut off is what it waits for.
  socket.on("error", () => {});
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  const chunks: Buffer[] = [];
  if (reads) socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  await Promise.race([once(socket, "connect"), closed]);
  const received = () => Buffer.concat(chunks);
  return {
    socket,
    received,
    text: () => received().toString("latin1"),
    closed,
    send: (bytes) => void socket.write(bytes),
    [Symbol.dispose]: () => socket.destroy(),
  };
}

/** Sends it all at once, and resolves with all that came back until the other side closed. */
export async function exchange(port: number, bytes: string | Uint8Array): Promise<string> {
  using raw = await openRaw(port);
  raw.send(bytes);
  await raw.closed;
  return raw.text();
}

/** The status of each answer, in order. */
export function statuses(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}
