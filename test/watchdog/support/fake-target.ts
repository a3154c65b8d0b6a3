/** A service whose envelope a test writes, and that can be made to fail as a real one does. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { create, type MessageInitShape, toBinary, toJsonString } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { GetMetricsResponseSchema } from "../../../client/index.ts";
import { eventually } from "../../support/service.ts";

export type EnvelopeInit = Exclude<MessageInitShape<typeof GetMetricsResponseSchema>, { $typeName: string }>;

export interface FakeTarget extends AsyncDisposable {
  readonly url: string;
  /** Of the next answers; `generatedAt` is each answer's own time unless it is set. */
  envelope: EnvelopeInit;
  /** Answers instead of the envelope, while it is set. */
  instead: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  readonly requests: IncomingMessage[];
  /**
   * Resolves when it was read so many times more; each reading begins only when the one before was taken in, so with two
   * what it answers now is judged.
   */
  polls(count?: number): Promise<void>;
}

export async function startFakeTarget(envelope: EnvelopeInit = {}): Promise<FakeTarget> {
  const requests: IncomingMessage[] = [];
  const target = {
    envelope,
    instead: undefined as FakeTarget["instead"],
    requests,
    async polls(count = 2) {
      const wanted = requests.length + count;
      await eventually(`it is read ${count} times more`, () => requests.length >= wanted);
    },
  };
  const server = createServer((request, response) => {
    requests.push(request);
    if (target.instead) return target.instead(request, response);
    const message = create(GetMetricsResponseSchema, {
      schemaVersion: 1,
      generatedAt: timestampFromMs(Date.now()),
      clkTck: 100,
      bootId: "boot",
      sourceEpoch: "one",
      ...target.envelope,
    });
    if (request.url?.includes("encoding=json")) {
      response.setHeader("content-type", "application/json");
      response.end(toJsonString(GetMetricsResponseSchema, message));
    } else {
      response.setHeader("content-type", "application/proto");
      response.end(toBinary(GetMetricsResponseSchema, message));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return Object.assign(target, {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

/** A cost section over so many runs, and what each model cost. */
export function cost(runs: number, byModel: Readonly<Record<string, number>>, unpriced = 0): EnvelopeInit {
  const total = Object.values(byModel).reduce((sum, usd) => sum + usd, 0);
  return {
    cost: {
      totals: { runs, pricedRuns: runs - unpriced, costUsd: total },
      byAgentModel: Object.entries(byModel).map(([model, costUsd]) => ({
        agent: "developer",
        model,
        usage: { runs: 1, pricedRuns: 1, costUsd },
      })),
    },
    agents: { running: [] },
  };
}
