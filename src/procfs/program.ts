/** Which program a process runs, from its command line, of which nothing else is kept: proc_pid_cmdline(5). */
import { readTextIfAny } from "./process-files.ts";

const INTERPRETER = /^(node|nodejs|tsx|ruby|perl|php|(ba|da|k|z)?sh|pypy3?|python[\d.]*)$/;

/** Flags that take no value, so that what follows them is not theirs. */
const FLAG_ALONE = /^(--|--[\w-]+=.*|-[uBIEsSOxe]|--(no-warnings|enable-source-maps|permission|expose-gc))$/;

/** In which -e is not alone: it is followed by code. */
const EVALUATES = /^(node|nodejs|ruby|perl|tsx)$/;

const LONGEST = 64;

/** Empty if it cannot be read, as of a thread of the kernel or a zombie. Throws a resource exhaustion. */
export function readProgram(folder: string): string {
  return programOf(readTextIfAny(`${folder}/cmdline`));
}

/** The base name of argv[0]; of an interpreter that of its script, if it is certain which argument is the script. */
export function programOf(commandLine: string): string {
  const [first = "", ...rest] = commandLine.split("\0");
  const program = baseName(first);
  if (!INTERPRETER.test(program)) return program;
  const script = rest.find(
    (argument) => !FLAG_ALONE.test(argument) || (argument === "-e" && EVALUATES.test(program)),
  );
  return script === undefined || script === "" || script.startsWith("-") ? program : baseName(script);
}

/** The one of these names that a program has, with or without the ending of a script; undefined if it has none. */
export function programAmong(names: readonly string[], program: string): string | undefined {
  const bare = program.replace(/\.([cm]?js|py)$/, "");
  return names.find((name) => name === program || name === bare);
}

/** A process may have written a sentence there: "nginx: worker process", "postgres: user database". Its first word alone. */
function baseName(argument: string): string {
  const [path = ""] = argument.split(/[\s:]/, 1);
  const name = path.slice(path.lastIndexOf("/") + 1).replace(/^-/, "");
  return Buffer.from(name, "latin1").toString().slice(0, LONGEST);
}
