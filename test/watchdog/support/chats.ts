/**
 * Fake chat services. Each responds as its documentation describes, and rejects what the real one would
 * reject.
 */
import { createServer, type IncomingHttpHeaders } from "node:http";

export interface Taken {
  readonly service: "slack" | "discord" | "ntfy" | "telegram";
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Chats extends AsyncDisposable {
  readonly url: string;
  readonly taken: readonly Taken[];
  /** While set, this service responds with this status. */
  fails: { readonly service: Taken["service"]; readonly status: number; readonly text?: string } | undefined;
  of(service: Taken["service"]): readonly Taken["body"][];
}

export const SLACK_PATH = "/services/T00000000/B00000000/slackslackslackslack";
export const DISCORD_PATH = "/api/webhooks/1234567890/discorddiscorddiscord";
export const BOT_TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";
export const NTFY_TOKEN = "tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2";

interface Judged {
  readonly status: number;
  readonly text: string;
}

const string = (value: unknown): value is string => typeof value === "string" && value !== "";

/** docs.slack.dev: `text` is required. Only known escapes follow an `&`, and `<` starts a link. */
function slack({ text }: Taken["body"]): Judged {
  if (!string(text)) return { status: 400, text: "no_text" };
  const isMarked = /^(?:[^<>&]|&(?:amp|lt|gt);|<https?:\/\/[^|<>]+\|[^<>|]+>)*$/.test(text);
  return isMarked && text.length <= 40_000
    ? { status: 200, text: "ok" }
    : { status: 400, text: "invalid_payload" };
}

function discord({ content, allowed_mentions }: Taken["body"]): Judged {
  const mayMention = JSON.stringify(allowed_mentions) !== '{"parse":[]}';
  if (!string(content) || content.length > 2_000 || mayMention)
    return { status: 400, text: '{"code":50035,"message":"Invalid Form Body"}' };
  return { status: 204, text: "" };
}

function ntfy({ topic, message, title, priority, tags, click, actions }: Taken["body"]): Judged {
  const isRight =
    topic === "my-alerts" &&
    string(title) &&
    string(message) &&
    Buffer.byteLength(message) <= 4_096 &&
    [1, 2, 3, 4, 5].includes(Number(priority)) &&
    Array.isArray(tags) &&
    URL.canParse(String(click)) &&
    (actions as { action: string; url: string }[]).every(
      ({ action, url }) => action === "view" && URL.canParse(url),
    );
  return isRight ? { status: 200, text: "{}" } : { status: 400, text: '{"code":40024}' };
}

function telegram({ chat_id, text, parse_mode }: Taken["body"]): Judged {
  if (chat_id !== "-1001234567890")
    return { status: 400, text: '{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}' };
  const isRight = string(text) && text.length <= 4_096 && parse_mode === undefined;
  return isRight
    ? { status: 200, text: '{"ok":true,"result":{}}' }
    : { status: 400, text: '{"ok":false,"error_code":400,"description":"Bad Request: message is too long"}' };
}

const SERVICES = {
  [SLACK_PATH]: ["slack", slack],
  [DISCORD_PATH]: ["discord", discord],
  "/": ["ntfy", ntfy],
  [`/bot${BOT_TOKEN}/sendMessage`]: ["telegram", telegram],
} as const;

export async function startChats(): Promise<Chats> {
  const taken: Taken[] = [];
  const state = { fails: undefined as Chats["fails"] };
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += chunk;
    const [service, judge] = SERVICES[(request.url ?? "") as keyof typeof SERVICES] ?? [];
    const isJson = request.method === "POST" && request.headers["content-type"] === "application/json";
    if (!service || !judge || !isJson)
      return void response.writeHead(404).end(`Cannot ${request.method} ${request.url}`);
    if (state.fails?.service === service)
      return void response
        .writeHead(state.fails.status)
        .end(state.fails.text ?? `Cannot POST ${request.url}`);
    const isLetIn = service !== "ntfy" || request.headers.authorization === `Bearer ${NTFY_TOKEN}`;
    const body = JSON.parse(text) as Taken["body"];
    const judged = isLetIn ? judge(body) : { status: 401, text: '{"code":40101}' };
    if (judged.status < 300) taken.push({ service, headers: request.headers, body });
    response.writeHead(judged.status).end(judged.text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return Object.assign(state, {
    url: `http://127.0.0.1:${port}`,
    taken,
    of: (service: Taken["service"]) =>
      taken.filter((each) => each.service === service).map(({ body }) => body),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
