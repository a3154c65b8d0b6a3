/** Determines the program of a process from its command line: proc_pid_cmdline(5). Nothing else of it is kept. */
import { readTextIfAny } from "./process-files.ts";

const INTERPRETER = /^(node|nodejs|tsx|ruby|perl|php|(ba|da|k|z)?sh|pypy3?|python[\d.]*)$/;

/** Flags without a value, so that the next argument is not theirs. */
const FLAG_ALONE = /^(--|--[\w-]+=.*|-[uBIEsSOxe]|--(no-warnings|enable-source-maps|permission|expose-gc))$/;

/** Interpreters whose -e takes code. */
const EVALUATES = /^(node|nodejs|ruby|perl|tsx)$/;

const LONGEST = 64;

/** Empty if it cannot be read, as for a kernel thread or a zombie. Throws on resource exhaustion. */
export function readProgram(folder: string): string {
  return programOf(readTextIfAny(`${folder}/cmdline`));
}

/** Returns the base name of argv[0]. For an interpreter, that of its script, if it is certain which argument that is. */
export function programOf(commandLine: string): string {
  const [first = "", ...rest] = commandLine.split("\0");
  const program = baseName(first);
  if (!INTERPRETER.test(program)) return program;
  const script = rest.find(
    (argument) => !FLAG_ALONE.test(argument) || (argument === "-e" && EVALUATES.test(program)),
  );
  return script === undefined || script === "" || script.startsWith("-") ? program : baseName(script);
}

/** Returns the name of the program from `names`, with or without the suffix of a script. Undefined if there is none. */
export function programAmong(names: readonly string[], program: string): string | undefined {
  const bare = program.replace(/\.([cm]?js|py)$/, "");
  return names.find((name) => name === program || name === bare);
}

/**
 * Takes only the first word, since a process may have set a title there: "nginx: worker process", "postgres: user database".
 */
function baseName(argument: string): string {
  const [path = ""] = argument.split(/[\s:]/, 1);
  const name = path.slice(path.lastIndexOf("/") + 1).replace(/^-/, "");
  return Buffer.from(name, "latin1").toString().slice(0, LONGEST);
}
