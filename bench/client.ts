/** A load over keep-alive connections: as little work as can be, so that the server is what is measured. */
import { connect, type Socket } from "node:net";

export interface Load {
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
  readonly requestsPerSecond: number;
}

export interface HttpRequest {
  readonly port: number;
  readonly path: string;
  /** A body makes it a POST of JSON. */
  readonly body?: string;
}

/** Sends one request after the other on each connection for so many seconds, after half a second of warm-up. */
export async function load(request: HttpRequest, connections: number, seconds: number): Promise<Load> {
  await run(request, connections, 0.5);
  const { latencies, elapsed } = await run(request, connections, seconds);
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(share * (latencies.length - 1))] ?? Number.NaN;
  return {
    p50Milliseconds: at(0.5),
    p99Milliseconds: at(0.99),
    requestsPerSecond: latencies.length / (elapsed / 1000),
  };
}

async function run(request: HttpRequest, connections: number, seconds: number) {
  const latencies: number[] = [];
  const began = performance.now();
  const end = began + seconds * 1000;
  const text = requestText(request);
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect(request.port, "127.0.0.1");
      await new Promise((resolve) => socket.once("connect", resolve));
      while (performance.now() < end) {
        const sent = performance.now();
        await exchange(socket, text);
        latencies.push(performance.now() - sent);
      }
      socket.destroy();
    }),
  );
  return { latencies, elapsed: performance.now() - began };
}

function requestText({ path, body }: HttpRequest): string {
  const head = `${body === undefined ? "GET" : "POST"} ${path} HTTP/1.1\r\nhost: localhost\r\n`;
  if (body === undefined) return `${head}\r\n`;
  return `${head}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

/** Resolves once the whole answer came; throws for any status but 200. */
function exchange(socket: Socket, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let expected = -1;
    let received = 0;
    const onData = (chunk: Buffer) => {
      if (expected < 0) {
        const head = chunk.toString("latin1");
        const length = /content-length: (\d+)/i.exec(head)?.[1];
        if (!head.startsWith("HTTP/1.1 200") || length === undefined)
          return settle(() => reject(new Error(head.slice(0, 200))));
        expected = head.indexOf("\r\n\r\n") + 4 + Number(length);
      }
      received += chunk.length;
      if (received >= expected) settle(resolve);
    };
    const settle = (done: () => void) => {
      socket.off("data", onData);
      done();
    };
    socket.on("data", onData);
    socket.write(text);
  });
}
