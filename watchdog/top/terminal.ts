/** Takes the terminal for a full-screen program, and restores it when the program ends. */
import { emitKeypressEvents, type Key } from "node:readline";

/** The alternate screen, without a cursor and without line wrapping. */
const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l";

export function openTerminal(onKey: (key: Key) => void, onResize: () => void) {
  const { stdin, stdout } = process;
  let isTaken = false;
  function take(): void {
    isTaken = true;
    stdin.setRawMode(true).resume();
    stdout.write(ENTER);
  }
  function restore(): void {
    if (!isTaken) return;
    isTaken = false;
    // The terminal may be closed already.
    if (!stdin.destroyed) stdin.setRawMode(false).pause();
    stdout.write(LEAVE);
  }
  emitKeypressEvents(stdin);
  stdin.on("keypress", (_, key: Key) => onKey(key));
  stdout.on("resize", onResize);
  process.once("exit", restore);
  take();
  return {
    /** Draws lines that fill the screen. */
    draw(lines: readonly string[]): void {
      // Erasing the rest of a full line would erase its last cell.
      if (isTaken) stdout.write(`\x1b[H${lines.join("\r\n")}`);
    },
    /** Gives the terminal to another program while `work` runs. */
    lend(work: () => void): void {
      restore();
      work();
      take();
    },
    close: restore,
  };
}
