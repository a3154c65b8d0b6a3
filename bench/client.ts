/** A scraper over one kept-alive connection. */
import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";

export interface Scraper extends Disposable {
  /** Resolves with the milliseconds until the whole response arrived. Rejects for any status but 200. */
  get(): Promise<number>;
}

export function openScraper(port: number, path = "/metrics"): Scraper {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    async get() {
      const sent = performance.now();
      const [answer] = (await once(get({ port, path, agent }), "response")) as [IncomingMessage];
      await once(answer.resume(), "end");
      if (answer.statusCode !== 200) throw new Error(`${path} answered ${answer.statusCode}`);
      return performance.now() - sent;
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
}
