/** A server that accepts everything, unless the test changes that. */
import { createServer, type ServerResponse } from "node:http";

export interface TestReceiver extends AsyncDisposable {
  readonly url: string;
  /** The status of the next responses. */
  status: number;
  /** The headers of the next responses. */
  headers: Readonly<Record<string, string>>;
  /** While set, responds with this instead. */
  instead: ((response: ServerResponse) => void) | undefined;
  readonly taken: {
    readonly method: string;
    readonly path: string;
    readonly body: unknown;
    readonly id: string;
    readonly authorization: string | undefined;
  }[];
}

export async function startReceiver(port = 0): Promise<TestReceiver> {
  const state = {
    status: 200,
    headers: {} as TestReceiver["headers"],
    instead: undefined as TestReceiver["instead"],
    taken: [] as TestReceiver["taken"],
  };
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    if (state.instead) return state.instead(response);
    response.writeHead(state.status, state.headers);
    if (state.status === 200) {
      state.taken.push({
        method: request.method ?? "",
        path: request.url ?? "",
        body: text === "" ? undefined : JSON.parse(text),
        id: String(request.headers["idempotency-key"]),
        authorization: request.headers.authorization,
      });
    }
    response.end("[]");
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const address = server.address() as { port: number };
  return Object.assign(state, {
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
