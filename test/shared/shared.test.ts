/**
 * What both programs share: which texts contain secrets, what may go to a terminal, and which names belong to
 * this machine.
 */
import { describe, expect, it } from "vitest";
import { hostChecker } from "../../shared/host-names.ts";
import { printable } from "../../shared/printable.ts";
import { holdsPassword, withoutSecrets } from "../../shared/secrets-in-urls.ts";
import { readConfig } from "../../src/settings.ts";

const WITH_PASSWORD = [
  "postgres://user:pw@h/app",
  "POSTGRES://user:pw@h/app",
  "postgresql+asyncpg://user:pw@h/app",
  "jdbc:postgresql://user:pw@h/app",
  "postgres:user:pw@h/app",
  "postgres:\\\\user:pw@h/app",
  "postgres://user:p/w@h/app",
  "postgres://user:p@w@h/app",
  "postgres://user@h1:5432,user:pw@h2/app",
  "postgres://user:pw@h1:5432,h2:5432/app",
  "postgres://user:%70w@h/app",
  "postgres://h/app?password=pw",
  "postgres://h/app?passwor%64=pw",
  "postgres://h/app?PASSWORD=pw",
  "postgres://h/app?user=a&sslpassword=pw",
  "postgres://h/app?oauth_client_secret=pw",
  "host=h user=a password=pw dbname=app",
  "postgres://user:p#w@h/app",
  "name=postgres://user:pw@h/app",
  "name==postgres://user:pw@h/app",
  " postgres://user:pw@h/app",
  "'postgres://user:pw@h/app'",
];

const WITHOUT = [
  "postgres://user@h:5432/app",
  "postgres://h:5432,i:5433/app?sslmode=verify-full&sslrootcert=/etc/ca.pem",
  "/var/lib/orchestrator/passwords.db",
  "queue.db",
];

describe("a password in a URL", () => {
  it.each(WITH_PASSWORD)("is detected in %s, and rejected in --database without being repeated", (url) => {
    expect(holdsPassword(url)).toBe(true);
    const refuse = () => readConfig(["--database", url], {}, ["database"]);
    expect(refuse).toThrow(/^--database contains a password/);
    expect(refuse).not.toThrow(/pw|%70w/);
  });

  it.each(WITHOUT)("is not detected in %s", (url) => {
    expect(holdsPassword(url)).toBe(false);
    expect(readConfig(["--database", url], {}, ["database"]).database).toEqual([{ name: "", place: url }]);
  });

  it.each(WITH_PASSWORD.filter((url) => url.includes(":")))("is omitted if %s is repeated", (url) => {
    expect(withoutSecrets(url)).not.toMatch(/pw|p.w|%70/);
  });
});

describe("external text on a terminal", () => {
  it("has its control characters escaped", () => {
    expect(printable("a\x1b]0;owned\x07\x1b[2Jb\nc\x9b31m\u202ed")).toBe(
      "a\\x1b]0;owned\\x07\\x1b[2Jb\\x0ac\\x9b31m\\u202ed",
    );
    expect(printable("plain, ünïcode, 日本語")).toBe("plain, ünïcode, 日本語");
  });
});

describe("the name in a Host header", () => {
  const check = hostChecker(["Metrics.Example", "[fd00::1]", "10.0.0.1"]);

  it.each([
    "localhost",
    "LOCALHOST:9977",
    "localhost.",
    "localhost.:9977",
    "localhost:",
    "LocalHost.:",
    "[::1]:",
    "127.0.0.1:",
    "127.0.0.1:9977",
    "127.9.9.9",
    "[fd00::1]:1",
    "[::1]:9977",
    "metrics.example:80",
    "metrics.example.",
  ])("belongs to this machine: %s", (authority) => expect(check(authority)).toBe("allowed"));

  it.each([
    "evil.example:9977",
    "localhost.evil.example",
    "notlocalhost",
    "localhost..",
    "127.0.0.1.nip.io",
    "metrics.example.evil",
    "2130706433",
    "0x7f.1",
    "192.0.2.7",
    "[fd00::2]:9977",
    "128.0.0.1",
  ])("does not belong to this machine: %s", (authority) => expect(check(authority)).toBe("unknown name"));

  it.each([
    "",
    "[::1]evil.com",
    "[evil.com]",
    "a b",
    "a@localhost",
    "localhost/",
    "localhost:port",
    "localhost::",
    "::1",
  ])("is invalid: %j", (authority) => expect(check(authority)).toBe("malformed"));

  it("may be any address on a host that others can reach, but no other name", () => {
    const open = hostChecker([], { anyAddress: true });
    for (const authority of ["192.0.2.7:9977", "[fd00::2]"]) expect(open(authority)).toBe("allowed");
    for (const authority of ["evil.example", "192.0.2.7.evil.example"])
      expect(open(authority)).toBe("unknown name");
  });
});
