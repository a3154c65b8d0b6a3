/** What a program printed as an animated picture: each line appears when it was printed. Pauses are shortened, and say so. */

export interface Chunk {
  /** Since the program was started. */
  readonly milliseconds: number;
  /** With colours as a terminal takes them: `\x1b[32m`. */
  readonly text: string;
}

interface Line {
  readonly milliseconds: number;
  readonly text: string;
}

const LEAST_COLUMNS = 80;
const CHARACTER = 8.43;
const LINE = 20;
const MARGIN = 16;
/** A pause of the recording is at most so long. */
const LONGEST_PAUSE = 2_500;
/** Before the program is started, as its name is typed. */
const TYPING = 1_000;

// biome-ignore lint/suspicious/noControlCharactersInRegex: it begins a colour
const COLOUR = /\x1b\[(\d+)m/g;
/** SGR parameters that the programs print. */
const COLOURS: Readonly<Record<string, string>> = {
  31: "#ff7b72",
  32: "#7ee787",
  33: "#e3b341",
  90: "#8b949e",
};

export function terminalSvg(command: string, chunks: readonly Chunk[]): string {
  const lines = [{ milliseconds: 0, text: `\x1b[90m$\x1b[39m ${command}` }, ...paced(linesOf(chunks))];
  const columns = Math.max(LEAST_COLUMNS, ...lines.map(({ text }) => text.replaceAll(COLOUR, "").length));
  const width = Math.ceil(columns * CHARACTER + 2 * MARGIN);
  const height = lines.length * LINE + 2 * MARGIN;
  const texts = lines.map(
    ({ milliseconds, text }, index) =>
      `<text x="${MARGIN}" y="${MARGIN + LINE * index + 14}" style="animation-delay:${(milliseconds / 1000).toFixed(2)}s">${coloured(text)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${escaped(command)} in a terminal</title>
<style>
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #e6edf3; white-space: pre; animation: show 0.01s both }
@keyframes show { from { opacity: 0 } to { opacity: 1 } }
@media (prefers-reduced-motion: reduce) { text { animation: none } }
</style>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${texts.join("\n")}
</svg>
`;
}

/** Complete ones; each with the time of its chunk. */
function linesOf(chunks: readonly Chunk[]): readonly Line[] {
  const lines = chunks.flatMap(({ milliseconds, text }) =>
    text
      .replace(/\n$/, "")
      .split("\n")
      .map((line) => ({ milliseconds, text: line })),
  );
  return lines.slice(0, 1 + lines.findLastIndex(({ text }) => text.trim() !== ""));
}

/** With the pauses shortened, and a line in the place of what was cut. */
function paced(lines: readonly Line[]): readonly Line[] {
  let cut = -TYPING;
  let before = 0;
  return lines.flatMap(({ milliseconds, text }) => {
    const pause = milliseconds - before;
    before = milliseconds;
    const line = { milliseconds: milliseconds - cut - Math.max(0, pause - LONGEST_PAUSE), text };
    if (pause <= LONGEST_PAUSE) return [line];
    cut += pause - LONGEST_PAUSE;
    const passed = {
      milliseconds: line.milliseconds - LONGEST_PAUSE / 2,
      text: `\x1b[90m… ${duration(pause)} pass …\x1b[39m`,
    };
    return pause > 2 * LONGEST_PAUSE ? [passed, line] : [line];
  });
}

function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function coloured(line: string): string {
  const [plain = "", ...parts] = line.split(COLOUR);
  let text = escaped(plain);
  for (let index = 0; index < parts.length; index += 2) {
    const colour = COLOURS[parts[index] ?? ""];
    const piece = escaped(parts[index + 1] ?? "");
    text += colour ? `<tspan fill="${colour}">${piece}</tspan>` : piece;
  }
  return text;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
