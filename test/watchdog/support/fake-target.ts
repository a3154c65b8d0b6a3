/** A service with an envelope that the test sets, and that can fail like a real one. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { create, type MessageInitShape, toBinary, toJsonString } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { GetMetricsResponseSchema } from "../../../client/index.ts";
import { eventually } from "../../support/service.ts";

export type EnvelopeInit = Exclude<MessageInitShape<typeof GetMetricsResponseSchema>, { $typeName: string }>;

export interface FakeTarget extends AsyncDisposable {
  readonly url: string;
  /** The envelope of the next responses. `generatedAt` is the time of each response unless it is set. */
  envelope: EnvelopeInit;
  /** While set, responds in place of the envelope. */
  instead: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  readonly requests: IncomingMessage[];
  /**
   * Resolves after that many more readings. A reading starts only after the previous one was processed, so
   * after two the current response has been judged.
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

/** Returns a cost section over that many runs, with each model's cost. */
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
