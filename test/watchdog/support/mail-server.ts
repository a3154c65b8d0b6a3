/** A mail server that accepts mail from a user with a password, or from anyone. */
import { readFileSync } from "node:fs";
import { SMTPServer } from "smtp-server";

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly user: string | undefined;
  readonly isSecure: boolean;
  /** As received: headers, a blank line, the body. */
  readonly text: string;
}

export interface MailServer extends AsyncDisposable {
  readonly port: number;
  readonly mails: readonly Mail[];
  /** Rejects the next mails with this code after they were sent. */
  refuses: number | undefined;
}

export const MAIL_PASSWORD = "s3cret mail password";

const pem = (name: string) => readFileSync(new URL(`../../support/tls/${name}.pem`, import.meta.url));

/**
 * `login`: mail requires the user `watchdog` and MAIL_PASSWORD. `tls`: offers STARTTLS with a self-signed
 * certificate.
 */
export async function startMailServer({ login = true, tls = false } = {}): Promise<MailServer> {
  const mails: Mail[] = [];
  const state = { refuses: undefined as number | undefined };
  const server = new SMTPServer({
    authOptional: !login,
    allowInsecureAuth: true,
    disabledCommands: [...(login ? [] : ["AUTH"]), ...(tls ? [] : ["STARTTLS"])],
    key: pem("key"),
    cert: pem("certificate"),
    onAuth({ username, password }, _session, done) {
      if (username === "watchdog" && password === MAIL_PASSWORD) done(null, { user: username });
      else done(new Error(`no login for ${username} ${password}`));
    },
    onData(stream, session, done) {
      let text = "";
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      stream.on("end", () => {
        if (state.refuses !== undefined)
          return done(Object.assign(new Error("no"), { responseCode: state.refuses }));
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom === false ? "" : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          user: session.user as string | undefined,
          isSecure: session.secure,
          text,
        });
        done();
      });
    },
  });
  server.on("error", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.server.address() as { port: number };
  return Object.assign(state, {
    port,
    mails,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  });
}
