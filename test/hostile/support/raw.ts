/** A client that sends arbitrary bytes. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface Raw extends Disposable {
  readonly socket: Socket;
  /** Returns everything received so far. */
  received(): Buffer;
  text(): string;
  /** Resolves once the other side closes. */
  readonly closed: Promise<void>;
  send(bytes: string | Uint8Array): void;
}

export async function openRaw(port: number, { reads = true } = {}): Promise<Raw> {
  const socket = connect(port, "127.0.0.1");
  // The test waits for the disconnection, which is not an error here.
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

/** Sends everything at once. Resolves with everything received until the other side closes. */
export async function exchange(port: number, bytes: string | Uint8Array): Promise<string> {
  using raw = await openRaw(port);
  raw.send(bytes);
  await raw.closed;
  return raw.text();
}

/** Returns the status of each response, in order. */
export function statuses(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}
